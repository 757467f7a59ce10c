/** The requests of the map page. All of them stay on the page's own origin. */

import type { TileAddress } from '../map/bounds.ts';
import { ACCEPT_JSON } from './media-types.ts';
import { isAbort, problemFromFailure, problemFromResponse, type ApiProblem } from './problem.ts';
import { sendFile } from './upload.ts';
import type { CollectionInfo, Item, ItemPage, Legend, Link, Properties, Tileset } from './types.ts';

export type Query = Record<string, string | number>;

/** What a request may carry beside its address. */
export interface RequestOptions {
  /** Parameters; those without a value are left out, a list is given as often as it has entries. */
  query?: Record<string, string | number | boolean | null | undefined | readonly string[]>;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** An answer with what stands in its headers, such as the address of a job that was started. */
export interface Reply<T> {
  status: number;
  headers: Headers;
  /** Undefined where the answer has no body (204, 304). */
  body: T;
}

export interface Upload {
  path: string;
  method?: 'POST' | 'PUT';
  body: FormData | Blob;
  options?: RequestOptions;
  /** Told the part of the file that has been sent, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** How long to wait before a read that got no answer is asked again, in milliseconds. */
const RETRY_AFTER_MS = [400, 1600] as const;

const MVT = 'application/vnd.mapbox-vector-tile';
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
  /** Told of every problem, after which the request fails with it. */
  onProblem: (problem: ApiProblem) => void = () => {};
  /** Told when the service stops answering and when it answers again. */
  onConnection: (isConnected: boolean) => void = () => {};
  retryAfterMs: readonly number[] = RETRY_AFTER_MS;

  readonly #root: URL;
  #isConnected = true;
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

  /** A tile's bytes, none where the tile is empty (204); `asOf` is the day that is shown, null today. */
  async tile(collectionId: string, { z, y, x }: TileAddress, asOf: string | null, signal: AbortSignal) {
    const path = `${collectionPath(collectionId)}/tiles/${TILE_MATRIX_SET}/${z}/${y}/${x}`;
    const request = { accept: MVT, signal, query: { 'as-of': asOf } };
    return this.#request(path, request, (response) => response.arrayBuffer());
  }

  /** Where the features of a version are, be it a draft. */
  versionTileset(slug: string, number: number, signal: AbortSignal): Promise<Tileset> {
    return this.#json(versionTilesPath(slug, number), signal);
  }

  /** A tile of a version, be it a draft. */
  async versionTile(slug: string, number: number, { z, y, x }: TileAddress, signal: AbortSignal) {
    const path = `${versionTilesPath(slug, number)}/${z}/${y}/${x}`;
    return this.#request(path, { accept: MVT, signal }, (response) => response.arrayBuffer());
  }

  get<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.#send<T>('GET', path, undefined, options).then(({ body }) => body);
  }

  /** A read whose headers matter too: `ETag` and 304, `Retry-After`. */
  read<T>(path: string, options?: RequestOptions): Promise<Reply<T>> {
    return this.#send<T>('GET', path, undefined, options);
  }

  post<T>(path: string, body?: unknown, options?: RequestOptions): Promise<Reply<T>> {
    return this.#send<T>('POST', path, body, options);
  }

  patch<T>(path: string, body: unknown, options?: RequestOptions): Promise<Reply<T>> {
    return this.#send<T>('PATCH', path, body, options);
  }

  put<T>(path: string, body: unknown, options?: RequestOptions): Promise<Reply<T>> {
    return this.#send<T>('PUT', path, body, options);
  }

  delete<T>(path: string, options?: RequestOptions): Promise<Reply<T>> {
    return this.#send<T>('DELETE', path, undefined, options);
  }

  /** A file: its bytes, with the name that the service gives it. */
  async download(path: string, options: RequestOptions = {}): Promise<{ blob: Blob; name: string | null }> {
    return this.#request(path, { ...options, accept: '*/*' }, async (response) => ({
      blob: await response.blob(),
      name: fileName(response.headers.get('content-disposition')),
    }));
  }

  /** The absolute address of something that the service has, for a link or an image. */
  address(path: string, query?: RequestOptions['query']): string {
    const url = new URL(path, this.#root);
    url.search += searchOf(query, url.search !== '');
    return url.href;
  }

  /** Send a file or a form, and tell how far it is; `fetch` could not tell. */
  upload<T>({ path, method = 'POST', body, options = {}, onProgress = () => {} }: Upload): Promise<Reply<T>> {
    const url = this.address(path, options.query);
    this.#onPending(++this.#pending);
    return sendFile<T>(
      url,
      method,
      body,
      { ...this.#headers(ACCEPT_JSON, 'POST'), ...options.headers },
      onProgress,
      options.signal,
    )
      .catch((error: unknown) => {
        throw this.#problem(url, error);
      })
      .finally(() => this.#onPending(--this.#pending));
  }

  #json<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.get<T>(path, { signal });
  }

  #send<T>(method: string, path: string, body: unknown, options: RequestOptions = {}): Promise<Reply<T>> {
    const payload =
      body === undefined ? {} : { body: JSON.stringify(body), type: contentTypeOf(method, options.headers) };
    return this.#request(path, { ...options, accept: ACCEPT_JSON, method, ...payload }, async (response) => ({
      status: response.status,
      headers: response.headers,
      body: (hasBody(response) ? await response.json() : undefined) as T,
    }));
  }

  #headers(accept: string, method: string): Record<string, string> {
    const headers: Record<string, string> = { Accept: accept };
    // No page of another site can send this header without asking first (see the service's sessions).
    if (method !== 'GET') headers['X-Duogui-Page'] = '1';
    return headers;
  }

  #problem(url: string, error: unknown): unknown {
    if (isAbort(error)) return error;
    const problem = problemFromFailure(url, error);
    this.onProblem(problem);
    return problem;
  }

  async #request<T>(path: string, request: Sent, read: (response: Response) => Promise<T>): Promise<T> {
    const url = this.address(path, request.query);
    const method = request.method ?? 'GET';
    const headers = { ...this.#headers(request.accept, method), ...(request.type && { 'Content-Type': request.type }) };
    const init: RequestInit = {
      method,
      headers: { ...headers, ...request.headers },
      body: request.body ?? null,
      signal: request.signal ?? null,
    };
    this.#onPending(++this.#pending);
    try {
      const response = await this.#fetchPatiently(url, init);
      if (!response.ok && response.status !== 304) throw await problemFromResponse(url, response);
      return await read(response);
    } catch (error) {
      throw this.#problem(url, error);
    } finally {
      this.#onPending(--this.#pending);
    }
  }

  /** Ask again where a read found nobody to answer: a service that restarts is back in a moment. A write is sent once. */
  async #fetchPatiently(url: string, init: RequestInit): Promise<Response> {
    for (const wait of init.method === 'GET' ? this.retryAfterMs : []) {
      try {
        const response = await this.#fetch(url, init);
        this.#tellConnection(true);
        return response;
      } catch (error) {
        if (isAbort(error) || init.signal?.aborted) throw error;
        this.#tellConnection(false);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    try {
      const response = await this.#fetch(url, init);
      this.#tellConnection(true);
      return response;
    } catch (error) {
      if (!isAbort(error)) this.#tellConnection(false);
      throw error;
    }
  }

  #tellConnection(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    this.onConnection(isConnected);
  }
}

interface Sent extends RequestOptions {
  accept: string;
  method?: string;
  body?: string;
  type?: string;
}

function collectionPath(collectionId: string): string {
  return `collections/${encodeURIComponent(collectionId)}`;
}

function versionTilesPath(slug: string, number: number): string {
  return `layers/${encodeURIComponent(slug)}/versions/${number}/tiles/${TILE_MATRIX_SET}`;
}

function hasBody(response: Response): boolean {
  return response.status !== 204 && response.status !== 304 && response.headers.get('content-length') !== '0';
}

/** RFC 7396 for partial changes, unless the caller says otherwise. */
function contentTypeOf(method: string, headers: RequestOptions['headers']): string {
  return headers?.['Content-Type'] ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
}

/** The query of an address, with its question mark (or ampersand where the path has a query already). */
export function searchOf(query: RequestOptions['query'], hasSearch = false): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text && `${hasSearch ? '&' : '?'}${text}`;
}

/** The name in a `Content-Disposition`; the one in UTF-8 before the other. */
export function fileName(disposition: string | null): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1] ?? null;
}
