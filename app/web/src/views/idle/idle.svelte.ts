/** The state of the view: the list with its filters, and the contract that is looked at. */

import { untrack } from 'svelte';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { Schema } from '../../api/schema.ts';
import type { App } from '../../state/app.svelte.ts';
import { draft } from '../../state/draft.svelte.ts';
import { JobTask } from '../../state/job-task.svelte.ts';
import type { Layer } from '../../state/layers.svelte.ts';
import { unionBounds } from '../../map/bounds.ts';
import type { LoadStatus } from '../../state/paged-items.svelte.ts';
import type { ContractLand, DisposalCase, Evidence, LandGroups, LandPage, LandRow, Letter } from './answers.ts';
import { FILTERS, landQuery, type FilterName, type Filters } from './filters.ts';

const PAGE = 200;
export const IDLE_PAGES = ['list', 'plan', 'published', 'tables'] as const;
export type IdlePage = (typeof IDLE_PAGES)[number];

export class IdleState {
  readonly app: App;
  readonly scanning: JobTask;
  readonly importing: JobTask;
  /** The layer that was chosen for the next scan; empty where nobody chose. */
  readonly scanLayer = draft('idle-scan-layer', '');

  rows: LandRow[] = $state.raw([]);
  matched: number | null = $state(null);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  groups: LandGroups | null = $state.raw(null);
  #next: string | null = $state(null);
  #listAbort = new AbortController();

  land: ContractLand | null = $state.raw(null);
  landStatus: LoadStatus = $state('idle');
  landProblem: ApiProblem | null = $state.raw(null);
  disposal: DisposalCase | null = $state.raw(null);
  /** What a move sends as `If-Match`: the case as it was read. */
  etag: string | null = $state(null);
  letters: Letter[] = $state.raw([]);
  evidence: Evidence | null = $state.raw(null);
  evidenceStatus: LoadStatus = $state('idle');
  evidenceProblem: ApiProblem | null = $state.raw(null);
  /** The row that the pointer or the keyboard is on. */
  pointed: string | null = $state(null);
  #landAbort = new AbortController();

  readonly filters: Filters = $derived.by(
    () => Object.fromEntries(FILTERS.map((name) => [name, this.app.field('idle', name) ?? ''])) as Filters,
  );
  readonly isFiltered: boolean = $derived(FILTERS.some((name) => this.filters[name] !== ''));

  constructor(app: App) {
    this.app = app;
    this.scanning = new JobTask(app.api);
    this.importing = new JobTask(app.api);
  }

  get contract(): string | null {
    return this.app.field('idle', 'contract');
  }

  get page(): IdlePage {
    const page = this.app.field('idle', 'show');
    return IDLE_PAGES.find((name) => name === page) ?? 'list';
  }

  set page(page: IdlePage) {
    this.app.setFields('idle', { show: page === 'list' ? null : page });
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  filter(name: FilterName, value: string): void {
    this.app.setFields('idle', { [name]: value || null });
  }

  resetFilters(): void {
    this.app.setFields('idle', Object.fromEntries(FILTERS.map((name) => [name, null])));
  }

  open(contract: string): void {
    this.app.setFields('idle', { contract });
  }

  close(): void {
    this.app.setFields('idle', { contract: null });
  }

  async loadGroups(): Promise<void> {
    try {
      this.groups = await this.app.api.get<LandGroups>('idle-land/groups');
    } catch (error) {
      this.problem = problemFromFailure('idle-land', error);
      this.status = 'failed';
    }
  }

  /** Read the list anew; an answer still under way to other filters is dropped. */
  async load(filters: Filters, today: string | null): Promise<void> {
    this.#listAbort.abort();
    this.#next = null;
    await this.#read({ ...landQuery(filters, today), limit: PAGE }, []);
  }

  async more(): Promise<void> {
    if (!this.#next || this.status === 'loading') return;
    const query = landQuery(this.filters, this.groups?.as_of ?? null);
    await this.#read({ ...query, limit: PAGE, after: this.#next }, this.rows);
  }

  async #read(query: Record<string, string | number>, before: readonly LandRow[]): Promise<void> {
    const abort = new AbortController();
    this.#listAbort = abort;
    this.status = 'loading';
    this.problem = null;
    try {
      const page = await this.app.api.get<LandPage>('idle-land', { query: asText(query), signal: abort.signal });
      if (abort.signal.aborted) return;
      this.rows = [...before, ...page.land];
      this.matched = page.matched;
      this.#next = page.next_after ?? null;
      this.status = 'ready';
      this.app.reveal(unionBounds(this.rows.map(({ bbox }) => bbox)));
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.problem = problemFromFailure('idle-land', error);
      this.status = 'failed';
    }
  }

  async loadLand(contract: string, quietly = false): Promise<void> {
    this.#landAbort.abort();
    const { signal } = (this.#landAbort = new AbortController());
    if (!quietly) this.#forgetLand();
    this.landStatus = 'loading';
    this.landProblem = null;
    try {
      const query = { contract_no: contract };
      const land = await this.app.api.get<ContractLand>('idle-land/contract', { query, signal });
      if (land.case_id !== null) await this.#readCase(land.case_id, signal);
      if (signal.aborted) return;
      this.land = land;
      this.landStatus = 'ready';
      if (!quietly) this.locate(land);
      // The row says whether there is any.
      if (land.bearing !== null) void this.#readEvidence(contract, signal);
      else this.evidenceStatus = 'ready';
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.landProblem = problemFromFailure(contract, error);
      this.landStatus = 'failed';
    }
  }

  locate({ bbox }: Pick<LandRow, 'bbox'>): void {
    if (bbox) this.app.fit(bbox);
  }

  /** After a move or a new case: the contract and the list as they are now. */
  async refresh(): Promise<void> {
    const { contract } = this;
    if (contract) await this.loadLand(contract, true);
    void this.loadGroups();
    untrack(() => void this.load(this.filters, this.groups?.as_of ?? null));
  }

  async openCase(contract: string): Promise<void> {
    await this.app.api.post('idle-cases', { contract_nos: [contract] });
    await this.refresh();
  }

  /** Record a move in the case as it was read; `onMade` is told before the case is read again. */
  async move(body: Record<string, unknown>, onMade: () => void): Promise<void> {
    if (!this.disposal || !this.etag) return;
    await this.app.api.post(`idle-cases/${this.disposal.case_id}/moves`, body, { headers: { 'If-Match': this.etag } });
    onMade();
    await this.refresh();
  }

  /** Keep what imagery shows now on the file of the case. */
  async attachImagery(): Promise<void> {
    if (!this.disposal || !this.etag) return;
    const headers = { 'If-Match': this.etag };
    await this.app.api.post(`idle-cases/${this.disposal.case_id}/imagery`, {}, { headers });
    await this.refresh();
  }

  /** The layers of parcels in which the land of contracts may be looked up. */
  get parcelLayers(): Layer[] {
    return this.app.layers.ofKind('parcel');
  }

  /** Where the next scan looks: what was chosen, else where the current one did, else the usual layer or the only one. */
  get scanIn(): string {
    const ids = this.parcelLayers.map(({ id }) => id);
    const usual = [this.scanLayer.value, this.groups?.scanned_in?.parcel_layer, 'parcels'];
    return usual.find((id) => id !== undefined && ids.includes(id)) ?? (ids.length === 1 ? ids[0]! : '');
  }

  async scan(): Promise<void> {
    await this.scanning.run('idle-scans', this.scanIn === '' ? {} : { target: this.scanIn });
    await this.refresh();
  }

  stop(): void {
    this.scanning.stop();
    this.importing.stop();
    this.#listAbort.abort();
    this.#landAbort.abort();
  }

  #forgetLand(): void {
    this.land = null;
    this.disposal = null;
    this.letters = [];
    this.evidence = null;
  }

  async #readCase(id: number, signal: AbortSignal): Promise<void> {
    const [reply, letters] = await Promise.all([
      this.app.api.read<DisposalCase>(`idle-cases/${id}`, { signal }),
      this.app.api.get<Schema<'LetterList'>>(`idle-cases/${id}/letters`, { signal }),
    ]);
    if (signal.aborted) return;
    this.disposal = reply.body;
    this.etag = reply.headers.get('etag');
    this.letters = letters.letters;
  }

  async #readEvidence(contract: string, signal: AbortSignal): Promise<void> {
    this.evidenceStatus = 'loading';
    this.evidenceProblem = null;
    try {
      this.evidence = await this.app.api.get<Evidence>(`land-evidence/${encodeURIComponent(contract)}`, { signal });
      this.evidenceStatus = 'ready';
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.evidenceProblem = problemFromFailure(contract, error);
      this.evidenceStatus = 'failed';
    }
  }
}

function asText(query: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}
