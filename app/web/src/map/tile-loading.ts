/** The page's own loader of tiles: it sends the key, and reports a failed tile (a 404 too) in the service's own words. */

import { addProtocol, removeProtocol } from 'maplibre-gl';
import type { ApiClient } from '../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../api/problem.ts';
import type { TileAddress } from './bounds.ts';

export interface TileEvents {
  /** A tile failed; `failed` of the collection's tiles now have. */
  tileProblem: (collectionId: string, problem: ApiProblem, failed: number) => void;
  /** None of a collection's failed tiles is in view any more, or all have been loaded after all. */
  tilesComplete: (collectionId: string) => void;
  mapProblem: (message: string) => void;
}

/** Tells whether somebody still waits for a tile of a collection. */
type IsWanted = (collectionId: string, address: TileAddress) => boolean;

/** Each map has a scheme of its own. */
let loaders = 0;

export class TileLoader {
  readonly #api: ApiClient;
  readonly #events: TileEvents;
  readonly #isWanted: IsWanted;
  readonly #scheme = `duogui${(loaders += 1)}`;
  /** The address of a description that says nothing: what a source is given itself goes before it. */
  readonly atOnce = `${this.#scheme}://`;
  readonly #failed = new Map<string, Map<string, TileAddress>>();

  constructor(api: ApiClient, events: TileEvents, isWanted: IsWanted) {
    this.#api = api;
    this.#events = events;
    this.#isWanted = isWanted;
    addProtocol(this.#scheme, (request, abort) =>
      request.url === this.atOnce ? Promise.resolve({ data: {} }) : this.#load(request.url, abort),
    );
  }

  close(): void {
    removeProtocol(this.#scheme);
  }

  /** The addresses of a collection's tiles on a day; null is today. */
  tilesOf(collectionId: string, asOf: string | null): string {
    return `${this.#scheme}://${encodeURIComponent(collectionId)}/{z}/{y}/{x}/${asOf ?? ''}`;
  }

  /** The addresses of the tiles of a version of a layer, which may be a draft. */
  versionTilesOf(slug: string, number: number): string {
    return `${this.#scheme}://${encodeURIComponent(slug)}/{z}/{y}/{x}//${number}`;
  }

  /** The tiles of a collection that failed, which do not count as failed any more. */
  takeFailed(collectionId: string): TileAddress[] {
    const failed = [...(this.#failed.get(collectionId)?.values() ?? [])];
    this.#failed.delete(collectionId);
    return failed;
  }

  /** Forget of the tiles that failed those for which nobody waits any more. */
  forgetUnwanted(): void {
    for (const [collectionId, failed] of this.#failed) {
      for (const [url, address] of failed) {
        if (!this.#isWanted(collectionId, address)) this.#forgetFailure(collectionId, url);
      }
    }
  }

  async #load(url: string, abort: AbortController): Promise<{ data: ArrayBuffer }> {
    const [collection, z, y, x, asOf, version] = url.slice(this.atOnce.length).split('/');
    const collectionId = decodeURIComponent(collection ?? '');
    const address = { z: Number(z), x: Number(x), y: Number(y) };
    if (version) return this.#loadOfVersion(collectionId, Number(version), address, abort);
    try {
      const data = await this.#api.tile(collectionId, address, asOf || null, abort.signal);
      this.#forgetFailure(collectionId, url);
      return { data };
    } catch (error) {
      // It may have left the view while it was on its way.
      if (!isAbort(error) && this.#isWanted(collectionId, address)) {
        const failed = this.#failed.get(collectionId) ?? new Map<string, TileAddress>();
        this.#failed.set(collectionId, failed.set(url, address));
        this.#events.tileProblem(collectionId, problemFromFailure(url, error), failed.size);
      }
      throw error;
    }
  }

  async #loadOfVersion(slug: string, number: number, address: TileAddress, abort: AbortController) {
    try {
      return { data: await this.#api.versionTile(slug, number, address, abort.signal) };
    } catch (error) {
      if (!isAbort(error)) this.#events.mapProblem(problemFromFailure(slug, error).message);
      throw error;
    }
  }

  #forgetFailure(collectionId: string, url: string): void {
    const failed = this.#failed.get(collectionId);
    if (!failed?.delete(url) || failed.size > 0) return;
    this.#failed.delete(collectionId);
    this.#events.tilesComplete(collectionId);
  }
}
