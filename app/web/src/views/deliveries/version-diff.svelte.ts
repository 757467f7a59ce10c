/** The differences between two versions, page by page. */

import { nextQuery, type ApiClient } from '../../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { LoadStatus } from '../../state/paged-items.svelte.ts';
import { CHANGES, type ChangeCounts, type DiffPage, type FeatureChange } from './versions.ts';

const PAGE = 200;

export class VersionDiffState {
  counts: ChangeCounts | null = $state.raw(null);
  changes: FeatureChange[] = $state.raw([]);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  readonly #api: ApiClient;
  #path = '';
  #next: string | null = $state(null);
  #abort = new AbortController();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async load(slug: string, older: number, newer: number): Promise<void> {
    this.stop();
    this.counts = null;
    this.changes = [];
    this.#next = null;
    this.#path = `layers/${encodeURIComponent(slug)}/diff`;
    await this.#read(`?from=${older}&to=${newer}&limit=${PAGE}&geometry=true`);
  }

  async more(): Promise<void> {
    if (this.#next && this.status !== 'loading') await this.#read(this.#next);
  }

  stop(): void {
    this.#abort.abort();
  }

  async #read(query: string): Promise<void> {
    const { signal } = (this.#abort = new AbortController());
    this.status = 'loading';
    this.problem = null;
    try {
      const page = await this.#api.get<DiffPage>(`${this.#path}${query}`, { signal });
      const counted = [...CHANGES, 'unchanged' as const].map((name) => [name, page[name] ?? 0]);
      // Only the first page has the counts.
      if (typeof page.unchanged === 'number') this.counts = Object.fromEntries(counted) as ChangeCounts;
      this.changes = [...this.changes, ...page.features];
      this.#next = nextQuery(page.links);
      this.status = 'ready';
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = problemFromFailure(this.#path, error);
      this.status = 'failed';
    }
  }
}
