/** The state of the view: the comparisons, the one that is looked at with its register, and the work that is under way. */

import type { FilterSpecification } from 'maplibre-gl';
import { nextQuery } from '../../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { Schema } from '../../api/schema.ts';
import { extentBounds, unionBounds } from '../../map/bounds.ts';
import type { App } from '../../state/app.svelte.ts';
import { draft } from '../../state/draft.svelte.ts';
import { JobTask } from '../../state/job-task.svelte.ts';
import type { LoadStatus } from '../../state/paged-items.svelte.ts';
import type { LayerInfo, LayerPage } from '../deliveries/versions.ts';
import {
  statusMatrices,
  type Balance,
  type BulkAnswer,
  type Comparison,
  type ComparisonPage,
  type Matrix,
  type Patch,
  type PatchPage,
} from './answers.ts';
import { emptyFilter, isFiltered, selectPatches, tileFilter, type Cell, type RegisterFilter } from './register.ts';

export type Part = 'overview' | 'register' | 'balance' | 'blueprint' | 'what-if';
export const PARTS: readonly Part[] = ['overview', 'register', 'balance', 'blueprint', 'what-if'];
export type MatrixBy = 'status' | 'land_class' | 'code';

const VIEW = 'plans';
const PAGE = 5000;
const PATCHES = 'plan_patches';

export class PlansState {
  readonly app: App;
  #hasShownPatches = false;
  readonly runForm = draft('plans.run', { plans: [] as string[], lines: [] as string[], asOf: '' });
  readonly filter = draft<RegisterFilter>('plans.filter', emptyFilter());
  readonly compare: JobTask;
  readonly propose: JobTask;

  layers: LayerInfo[] = $state.raw([]);
  comparisons: Comparison[] = $state.raw([]);
  listProblem: ApiProblem | null = $state.raw(null);
  listStatus: LoadStatus = $state('idle');

  comparison: Comparison | null = $state.raw(null);
  matrixBy: MatrixBy = $state('status');
  matrices: Matrix[] = $state.raw([]);
  patches: Patch[] = $state.raw([]);
  patchStatus: LoadStatus = $state('idle');
  balance: Balance | null = $state.raw(null);
  problem: ApiProblem | null = $state.raw(null);
  /** Why a decision was not made. */
  decisionProblem: ApiProblem | null = $state.raw(null);
  /** What the last decision for many patches did, or would do. */
  bulk: (BulkAnswer & { isDryRun: boolean }) | null = $state.raw(null);
  isBusy: boolean = $state(false);
  /** The filters that the layers of patches have by themselves. */
  readonly #ownFilters = new Map<string, FilterSpecification | null>();
  #abort = new AbortController();

  constructor(app: App) {
    this.app = app;
    this.compare = new JobTask(app.api);
    this.propose = new JobTask(app.api);
  }

  get part(): Part {
    const named = this.app.field(VIEW, 'part') as Part | null;
    return named && PARTS.includes(named) ? named : 'overview';
  }

  set part(part: Part) {
    this.app.setFields(VIEW, { part: part === 'overview' ? null : part });
  }

  get comparisonId(): number | null {
    const named = Number(this.app.field(VIEW, 'comparison'));
    return Number.isInteger(named) && named > 0 ? named : null;
  }

  get patchId(): string | null {
    return this.app.field(VIEW, 'patch');
  }

  readonly plans: string[] = $derived(this.comparison?.summary.plans.map(({ layer }) => layer) ?? []);
  readonly shown: Patch[] = $derived(selectPatches(this.patches, this.plans, this.filter.value));
  readonly shownArea: number = $derived(this.shown.reduce((sum, { area_m2 }) => sum + area_m2, 0));
  readonly chosen: Patch | null = $derived(this.patches.find(({ patch }) => patch === this.patchId) ?? null);

  planTitle(slug: string): string {
    const plan = this.comparison?.summary.plans.find(({ layer }) => layer === slug);
    return plan ? this.app.locale.pick(plan.title_zh, plan.title_en) : this.layerTitle(slug);
  }

  layerTitle(slug: string): string {
    const layer = this.layers.find((one) => one.slug === slug);
    return layer ? this.app.locale.pick(layer.title_zh, layer.title_en) : slug;
  }

  lineTitle(line: string): string {
    const known = this.comparison?.summary.lines.find((one) => one.line === line);
    return known ? this.app.locale.pick(known.name_zh, known.name_en) : line;
  }

  async loadLists(): Promise<void> {
    this.listStatus = 'loading';
    this.listProblem = null;
    try {
      const [comparisons, layers] = await Promise.all([
        this.app.api.get<ComparisonPage>('plan-comparisons'),
        this.app.api.get<LayerPage>('layers'),
      ]);
      this.comparisons = comparisons.plan_comparisons;
      this.layers = layers.layers;
      this.listStatus = 'ready';
      if (this.comparisonId === null && this.comparisons[0]) this.choose(this.comparisons[0].plan_comparison_id);
    } catch (error) {
      this.listProblem = problemFromFailure('plan-comparisons', error);
      this.listStatus = 'failed';
    }
  }

  choose(comparisonId: number): void {
    this.app.setFields(VIEW, { comparison: String(comparisonId), patch: null });
  }

  /** Choose a comparison, and go where its plans are. */
  lookAt(comparisonId: number): void {
    this.choose(comparisonId);
    const chosen = this.comparisons.find(({ plan_comparison_id: id }) => id === comparisonId);
    const first = this.app.layers.get(chosen?.summary.plans[0]?.layer ?? '');
    if (first) this.app.fitLayer(first);
  }

  /** Compare what the form asks for; false where that failed or was cancelled. */
  async run(): Promise<boolean> {
    const asked = $state.snapshot(this.runForm.value);
    const { plans, lines, asOf } = asked;
    const body = { plans, ...(lines.length > 0 && { lines }), ...(asOf && { as_of: asOf }) };
    const found = await this.compare.run<{ plan_comparison_id: number }>('plan-comparisons', body);
    if (!found) return false;
    this.runForm.clear(asked);
    await this.loadLists();
    // The map may not have had the layer of patches yet.
    await this.app.loadLayers();
    this.lookAt(found.plan_comparison_id);
    return true;
  }

  /** Read a comparison with its matrix, its register and its balance. */
  async open(id: number): Promise<void> {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    this.problem = null;
    this.decisionProblem = null;
    this.bulk = null;
    if (this.comparison?.plan_comparison_id !== id) this.filter.clear();
    try {
      this.comparison = await this.app.api.get<Comparison>(`plan-comparisons/${id}`, { signal });
      this.#refreshTiles();
      await Promise.all([this.loadMatrix(this.matrixBy), this.#readPatches(id, signal), this.#readBalance(id)]);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.problem = problemFromFailure('plan-comparisons', error);
    }
  }

  async loadMatrix(by: MatrixBy): Promise<void> {
    this.matrixBy = by;
    if (!this.comparison) return;
    if (by === 'status') {
      this.matrices = statusMatrices(this.comparison);
      return;
    }
    const path = `plan-comparisons/${this.comparison.plan_comparison_id}/matrices/${by}`;
    try {
      this.matrices = (await this.app.api.get<Schema<'CrossedPlansAnswer'>>(path)).matrices;
    } catch (error) {
      this.problem = problemFromFailure(path, error);
    }
  }

  /** Look at the patches of one cell only; the same cell again takes that back. */
  toggleCell(cell: Cell): void {
    const isSame = JSON.stringify(this.filter.value.cell) === JSON.stringify(cell);
    this.filter.value.cell = isSame ? null : cell;
  }

  choosePatch(patch: string | null): void {
    this.app.setFields(VIEW, { patch });
  }

  async makeProposals(survey: string): Promise<void> {
    if (!this.comparison) return;
    const ids = isFiltered(this.filter.value) ? this.shown.map(({ patch }) => patch) : null;
    const body = { ...(ids && { filter: { patches: ids } }), ...(survey && { survey }) };
    const path = `plan-comparisons/${this.comparison.plan_comparison_id}/proposals`;
    if (await this.propose.run(path, body)) await this.refresh();
  }

  /** Decide one patch as it was read; somebody else's decision in between is told, not overwritten. */
  async decide(patch: Patch, change: Record<string, string>, onMade: () => void): Promise<void> {
    await this.#act(async (id) => {
      const headers = { 'If-Match': patch.etag, 'Content-Type': 'application/json' };
      const path = `plan-comparisons/${id}/patches/${encodeURIComponent(patch.patch)}`;
      await this.app.api.patch(path, change, { headers });
      // Before the register is read again: what is typed meanwhile belongs to the next decision.
      onMade();
    });
  }

  /** Decide every patch that is shown, or only tell what that would do. */
  async decideShown(change: Record<string, string>, isDryRun: boolean, onMade: () => void): Promise<void> {
    await this.#act(async (id) => {
      const body = { filter: { patches: this.shown.map(({ patch }) => patch) }, change };
      const query = { dry_run: isDryRun ? 'true' : null };
      const answer = await this.app.api.post<BulkAnswer>(`plan-comparisons/${id}/decisions`, body, { query });
      this.bulk = { ...answer.body, isDryRun };
      if (!isDryRun) onMade();
    }, !isDryRun);
  }

  /** Read the register and the balance again. */
  async refresh(): Promise<void> {
    if (!this.comparison) return;
    const id = this.comparison.plan_comparison_id;
    await Promise.all([this.#readPatches(id, this.#abort.signal), this.#readBalance(id)]);
    this.#refreshTiles();
  }

  /** Leave the map as it was: with all patches where somebody had them shown before, and without them otherwise. */
  leaveMap(): void {
    const layer = this.app.layers.get(PATCHES);
    this.filterMap(null);
    if (layer && this.#hasShownPatches) this.app.hide(layer);
  }

  /** Show the ground of this comparison where nothing of it is in view. */
  reveal(): void {
    const plans = this.comparison?.summary.plans.map(({ layer }) => this.app.layers.get(layer)) ?? [];
    this.app.reveal(unionBounds(plans.map((layer) => extentBounds(layer?.info.extent?.spatial?.bbox?.[0]))));
  }

  stop(): void {
    this.#abort.abort();
    this.compare.stop();
    this.propose.stop();
  }

  /** Show the patches of this comparison on the map, and only those that are looked at. */
  async showOnMap(): Promise<void> {
    const layer = this.app.layers.get(PATCHES);
    if (!layer) return;
    if (!layer.visible) {
      this.#hasShownPatches = true;
      await this.app.show(layer);
    }
    this.filterMap(this.comparison ? tileFilter(this.comparison.plan_set, this.shown) : null);
  }

  /** Leave only what a filter lets through on the map, beside what the layers' own filters do; null takes it back. */
  filterMap(filter: unknown[] | null): void {
    const map = this.app.controller?.map;
    for (const part of ['fill', 'hatch', 'line', 'label']) {
      const id = `${PATCHES}:${part}`;
      if (!map?.getLayer(id)) continue;
      if (!this.#ownFilters.has(id)) this.#ownFilters.set(id, map.getFilter(id) ?? null);
      const own = this.#ownFilters.get(id) ?? null;
      const both = filter && own ? ['all', own, filter] : (filter ?? own);
      map.setFilter(id, both as FilterSpecification | null);
    }
  }

  /** The tiles of patches are of another comparison, or of other decisions, than those that the map has. */
  #refreshTiles(): void {
    const map = this.app.controller?.map;
    if (map?.getSource(PATCHES)) map.refreshTiles(PATCHES);
  }

  async #act(step: (id: number) => Promise<void>, isChange = true): Promise<void> {
    if (!this.comparison || this.isBusy) return;
    this.isBusy = true;
    this.decisionProblem = null;
    try {
      await step(this.comparison.plan_comparison_id);
      if (isChange) await this.refresh();
    } catch (error) {
      this.decisionProblem = problemFromFailure('decisions', error);
      if (this.decisionProblem.status === 412) await this.refresh();
    } finally {
      this.isBusy = false;
    }
  }

  async #readPatches(id: number, signal: AbortSignal): Promise<void> {
    this.patchStatus = 'loading';
    const found: Patch[] = [];
    let query: string | null = `?limit=${PAGE}`;
    while (query) {
      const page: PatchPage = await this.app.api.get(`plan-comparisons/${id}/patches${query}`, { signal });
      found.push(...page.patches);
      query = nextQuery(page.links);
    }
    this.patches = found;
    this.patchStatus = 'ready';
  }

  async #readBalance(id: number): Promise<void> {
    this.balance = await this.app.api.get<Balance>(`plan-comparisons/${id}/balance`);
  }
}
