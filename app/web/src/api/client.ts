/** The requests of the map page. All of them stay on the page's own origin. */

import { isAbort, problemFromFailure, problemFromResponse } from './problem.ts';
import type { CollectionInfo, Item, ItemPage, Legend, Link, Properties, Tileset } from './types.ts';

export type Query = Record<string, string | number>;

const TILE_MATRIX_SET = 'WebMercatorQuad';

/**
 * The query of a page's `next` link, or null on the last page.
 *
 * Only the query is taken: a service behind a proxy may name itself by another address than the one the page came from,
 * and the page's content security policy lets it ask no other origin.
 */
export function nextQuery(links: readonly Link[] | undefined): string | null {
  const next = links?.find((link) => link.rel === 'next');
  return next ? new URL(next.href, 'http://localhost/').search : null;
}

export class ApiClient {
  /** The access key sent with each request, if the reader has given one. */
  accessKey: string | null = null;

  readonly #root: URL;
  readonly #fetch: typeof fetch;
  readonly #onPending: (pending: number) => void;
  #pending = 0;

  /**
   * @param root the service's landing page, with a final slash
   * @param onPending told how many requests are under way whenever that changes
   */
  constructor(
    root: URL,
    onPending: (pending: number) => void = () => {},
    // A bare `fetch` called as a member would lose the window that it has to be called on.
    fetchFunction: typeof fetch = (input, init) => fetch(input, init),
  ) {
    this.#root = root;
    this.#onPending = onPending;
    this.#fetch = fetchFunction;
  }

  async collections(): Promise<CollectionInfo[]> {
    const answer = await this.#json<{ collections: CollectionInfo[] }>('collections');
    return answer.collections;
  }

  legend(collectionId: string): Promise<Legend> {
    return this.#json(`${collectionPath(collectionId)}/legend`);
  }

  tileset(collectionId: string): Promise<Tileset> {
    return this.#json(`${collectionPath(collectionId)}/tiles/${TILE_MATRIX_SET}?f=tilejson`);
  }

  item<P = Properties>(collectionId: string, featureId: string, signal?: AbortSignal): Promise<Item<P>> {
    return this.#json(`${collectionPath(collectionId)}/items/${encodeURIComponent(featureId)}`, signal);
  }

  items<P = Properties>(collectionId: string, query: Query, signal?: AbortSignal): Promise<ItemPage<P>> {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.itemsAt(collectionId, `?${search}`, signal);
  }

  /** A further page, by the query that `nextQuery` gave. */
  itemsAt<P = Properties>(collectionId: string, search: string, signal?: AbortSignal): Promise<ItemPage<P>> {
    return this.#json(`${collectionPath(collectionId)}/items${search}`, signal);
  }

  /** A tile's bytes, none where the tile is empty (204). */
  async tile(collectionId: string, z: number, row: number, column: number, signal: AbortSignal): Promise<ArrayBuffer> {
    const path = `${collectionPath(collectionId)}/tiles/${TILE_MATRIX_SET}/${z}/${row}/${column}`;
    return this.#request(path, 'application/vnd.mapbox-vector-tile', signal, (response) => response.arrayBuffer());
  }

  #json<T>(path: string, signal?: AbortSignal): Promise<T> {
    const accept = 'application/geo+json, application/json';
    return this.#request(path, accept, signal, async (response) => (await response.json()) as T);
  }

  async #request<T>(
    path: string,
    accept: string,
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const url = new URL(path, this.#root).href;
    const headers: Record<string, string> = { Accept: accept };
    if (this.accessKey) headers.Authorization = `Bearer ${this.accessKey}`;
    this.#onPending(++this.#pending);
    try {
      const response = await this.#fetch(url, { headers, signal: signal ?? null });
      if (!response.ok) throw await problemFromResponse(url, response);
      return await read(response);
    } catch (error) {
      throw isAbort(error) ? error : problemFromFailure(url, error);
    } finally {
      this.#onPending(--this.#pending);
    }
  }
}

function collectionPath(collectionId: string): string {
  return `collections/${encodeURIComponent(collectionId)}`;
}
