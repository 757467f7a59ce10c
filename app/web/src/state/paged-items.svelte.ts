/** A list of items that is read page by page, following the service's `next` links. */

import { nextQuery, type ApiClient, type Query } from '../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../api/problem.ts';
import type { Item, ItemPage } from '../api/types.ts';

export type LoadStatus = 'idle' | 'loading' | 'ready' | 'failed';

export class PagedItems<P> {
  items: Item<P>[] = $state.raw([]);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  /** How many there are in all, where the service says so. */
  matched: number | null = $state(null);

  readonly #api: ApiClient;
  #collectionId = '';
  #query: Query = {};
  #next: string | null = $state(null);
  #abort = new AbortController();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Read the first page of a new question; an answer still under way to the old one is dropped. */
  async load(collectionId: string, query: Query): Promise<void> {
    this.clear();
    this.#collectionId = collectionId;
    this.#query = query;
    await this.#read((signal) => this.#api.items<P>(collectionId, query, signal));
  }

  /** Read the next page, or after a failure the page that failed. */
  async more(): Promise<void> {
    if (this.status === 'loading') return;
    const next = this.#next;
    if (next) await this.#read((signal) => this.#api.itemsAt<P>(this.#collectionId, next, signal));
    else if (this.status === 'failed') await this.load(this.#collectionId, this.#query);
  }

  clear(): void {
    this.#abort.abort();
    this.items = [];
    this.status = 'idle';
    this.problem = null;
    this.matched = null;
    this.#next = null;
  }

  async #read(request: (signal: AbortSignal) => Promise<ItemPage<P>>): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.status = 'loading';
    this.problem = null;
    try {
      const page = await request(abort.signal);
      if (abort.signal.aborted) return;
      this.items = [...this.items, ...page.features];
      this.matched = page.numberMatched ?? this.matched;
      this.#next = nextQuery(page.links);
      this.status = 'ready';
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.problem = problemFromFailure(this.#collectionId, error);
      this.status = 'failed';
    }
  }
}
