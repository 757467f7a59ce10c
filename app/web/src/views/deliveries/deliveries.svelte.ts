/** The state of the view: the form with its files, the import that is looked at, and the lists of imports and layers. */

import { nextQuery } from '../../api/client.ts';
import { isEnded, watchJob, type WatchedJob } from '../../api/jobs.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { Schema } from '../../api/schema.ts';
import type { App } from '../../state/app.svelte.ts';
import { draft } from '../../state/draft.svelte.ts';
import type { LoadStatus } from '../../state/paged-items.svelte.ts';
import {
  emptyDelivery,
  filesFault,
  formOf,
  isSlug,
  layersOf,
  slugOf,
  suggestSlug,
  uploadFields,
  type DeliveryForm,
  type FilesFault,
} from './delivery.ts';
import type { ContractField } from './mapping.ts';
import type { DeliveryReport, Faults } from './report.ts';
import type { LayerInfo, LayerPage } from './versions.ts';

export type Import = Schema<'ImportInfo'>;
export type ImportOptions = Import['options'];
export type LayerKind = Schema<'LayerKindInfo'>;
export type Section = 'new' | 'imports' | 'layers';

const VIEW = 'deliveries';
const PAGE = 20;

export class DeliveriesState {
  readonly app: App;
  readonly form = draft('delivery', emptyDelivery());
  files: File[] = $state.raw([]);
  /** The layers of the file, once it is known that it has several. */
  sourceLayers: string[] = $state.raw([]);

  kinds: LayerKind[] = $state.raw([]);
  layers: LayerInfo[] = $state.raw([]);
  fields: ContractField[] = $state.raw([]);
  imports: Import[] = $state.raw([]);
  #importsNext: string | null = $state(null);
  listProblem: ApiProblem | null = $state.raw(null);
  listStatus: LoadStatus = $state('idle');

  /** The part of the files that has been sent, 0 to 1; null while nothing is being sent. */
  sent: number | null = $state(null);
  current: Import | null = $state.raw(null);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  isLost: boolean = $state(false);
  report: DeliveryReport | null = $state.raw(null);
  faults: Faults | null = $state.raw(null);
  /** The kind of fault that the map shows; null for all. */
  faultKind: string | null = $state(null);
  /** The guard's question, asked when a draft has much less than the version in force. */
  question: ApiProblem | null = $state.raw(null);
  isBusy: boolean = $state(false);

  /** The import that is shown or being read; the view compares it with the one that the address names. */
  openId: string | null = null;
  #abort = new AbortController();
  #watched: WatchedJob | null = null;

  constructor(app: App) {
    this.app = app;
  }

  get section(): Section {
    const named = this.app.field(VIEW, 'list');
    return named === 'imports' || named === 'layers' ? named : 'new';
  }

  set section(section: Section) {
    this.app.setFields(VIEW, { list: section === 'new' ? null : section, import: null });
  }

  get importId(): string | null {
    return this.app.field(VIEW, 'import');
  }

  get filesFault(): FilesFault | null {
    return this.files.length === 0 ? null : filesFault(this.files.map(({ name }) => name));
  }

  get isNamed(): boolean {
    const slug = slugOf(this.form.value);
    return this.form.value.target === 'existing' ? slug !== '' : isSlug(slug) && !this.isTaken;
  }

  /** Whether a new layer would have the name of one that exists, and the delivery become a version of that. */
  get isTaken(): boolean {
    return this.form.value.target === 'new' && this.layer(slugOf(this.form.value)) !== undefined;
  }

  get mayUpload(): boolean {
    return this.files.length > 0 && this.filesFault === null && this.isNamed && this.app.session.mayWrite;
  }

  get hasMoreImports(): boolean {
    return this.#importsNext !== null;
  }

  /** Whether the files that were chosen are those of the import that is looked at. */
  get hasFilesOfCurrent(): boolean {
    return this.files.some(({ name }) => name === this.current?.file);
  }

  layer(slug: string): LayerInfo | undefined {
    return this.layers.find((layer) => layer.slug === slug);
  }

  /** The kind of the layer as an import names it: the kind of control area where it is one. */
  kindOf(slug: string): string | null {
    const layer = this.layer(slug);
    return layer ? (layer.control_kind ?? layer.kind) : null;
  }

  async loadLists(): Promise<void> {
    this.listProblem = null;
    this.listStatus = 'loading';
    try {
      const { api } = this.app;
      const [kinds, layers, imports] = await Promise.all([
        api.get<Schema<'LayerKindList'>>('layer-contracts'),
        api.get<LayerPage>('layers'),
        api.get<Schema<'ImportList'>>('imports', { query: { limit: PAGE } }),
      ]);
      this.kinds = kinds.layer_contracts;
      this.layers = layers.layers;
      this.imports = imports.imports;
      this.#importsNext = nextQuery(imports.links);
      // Without any layer a delivery makes the first one.
      if (this.layers.length === 0) this.form.value.target = 'new';
      this.listStatus = 'ready';
    } catch (error) {
      this.listProblem = problemFromFailure('deliveries', error);
      this.listStatus = 'failed';
    }
  }

  async moreImports(): Promise<void> {
    if (!this.#importsNext) return;
    try {
      const page = await this.app.api.get<Schema<'ImportList'>>(`imports${this.#importsNext}`);
      this.imports = [...this.imports, ...page.imports];
      this.#importsNext = nextQuery(page.links);
    } catch (error) {
      this.listProblem = problemFromFailure('imports', error);
    }
  }

  takeFiles(files: readonly File[]): void {
    this.files = [...files];
    this.sourceLayers = [];
    this.form.value.sourceLayer = '';
    const { value } = this.form;
    if ((value.newSlug === '' || this.isTaken) && files[0]) value.newSlug = suggestSlug(files[0].name);
  }

  /** Take this layer of the file; a new layer is named after it, as one file may make several. */
  takeSourceLayer(layer: string): void {
    const { value } = this.form;
    value.sourceLayer = layer;
    if (value.target === 'new') value.newSlug = suggestSlug(layer) || value.newSlug;
  }

  /** Send the files: to be examined only, or to be made a draft. */
  async upload(isDryRun: boolean): Promise<void> {
    const { signal } = this.#begin();
    try {
      const body = new FormData();
      for (const file of this.files) body.append('file', file);
      for (const [name, value] of uploadFields(this.form.value)) body.append(name, value);
      this.sent = 0;
      const options = { query: { dry_run: isDryRun ? 'true' : null }, signal };
      const onProgress = (share: number) => (this.sent = share);
      const reply = await this.app.api.upload<Import>({ path: 'imports', body, options, onProgress });
      this.sent = null;
      this.openId = reply.body.id;
      this.app.setFields(VIEW, { import: reply.body.id });
      await this.#follow(reply.body, signal);
    } catch (error) {
      this.#fail(error, signal);
    } finally {
      this.sent = null;
    }
  }

  /** Look at an import, and follow it while it runs. */
  async open(id: string): Promise<void> {
    const { signal } = this.#begin();
    this.openId = id;
    if (this.importId !== id) this.app.setFields(VIEW, { import: id });
    try {
      await this.#follow(await this.#read(id, signal), signal);
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** Back to the lists; the form has kept what it held. */
  close(): void {
    this.#begin();
    this.openId = null;
    this.status = 'idle';
    this.app.setFields(VIEW, { import: null });
  }

  /** Go on with what an import was asked, as it stands in its options. */
  resume(found: Import): void {
    const { value } = this.form;
    this.form.value = { ...value, ...formOf(found.options, this.layer(found.layer) !== undefined) };
  }

  /** Send the files of the import that is looked at once more: as it was asked, with the fields as they are shown now. */
  async again(isDryRun: boolean, changes: Partial<DeliveryForm> = {}): Promise<void> {
    if (!this.current) return;
    const { mapping } = this.form.value;
    this.resume(this.current);
    this.form.value = { ...this.form.value, mapping, ...changes };
    await this.upload(isDryRun);
  }

  async publish(isLossConfirmed: boolean): Promise<void> {
    await this.#act(async (id) => {
      const query = { confirm_loss: isLossConfirmed ? 'true' : null };
      const { body } = await this.app.api.post<Import>(`imports/${id}/publish`, undefined, { query });
      this.current = body;
      this.question = null;
      // The map has another version of the layer now, or a layer that it did not have.
      await this.app.loadLayers();
      this.showOnMap(body.layer);
    });
  }

  /** Show the layer of a delivery, wherever it lies. */
  showOnMap(slug: string): void {
    const layer = this.app.layers.get(slug);
    if (!layer) return;
    void this.app.show(layer);
    this.app.fitLayer(layer);
  }

  async discard(): Promise<void> {
    await this.#act(async (id) => {
      await this.app.api.delete<void>(`imports/${id}`);
      this.current = await this.#read(id, this.#abort.signal);
    });
  }

  stop(): void {
    this.#abort.abort();
    this.#watched?.stop();
  }

  async loadContract(kind: string): Promise<void> {
    try {
      const path = `layer-contracts/${encodeURIComponent(kind)}`;
      this.fields = (await this.app.api.get<Schema<'LayerContractInfo'>>(path)).fields;
    } catch (error) {
      this.listProblem = problemFromFailure('layer-contracts', error);
    }
  }

  async #act(step: (id: string) => Promise<void>): Promise<void> {
    if (!this.current || this.isBusy) return;
    this.isBusy = true;
    this.problem = null;
    try {
      await step(this.current.id);
      await this.loadLists();
    } catch (error) {
      const problem = problemFromFailure('imports', error);
      if (problem.type === 'loss-not-confirmed') this.question = problem;
      else this.problem = problem;
    } finally {
      this.isBusy = false;
    }
  }

  #begin(): AbortController {
    this.stop();
    this.#abort = new AbortController();
    this.status = 'loading';
    this.problem = null;
    this.current = null;
    this.report = null;
    this.faults = null;
    this.faultKind = null;
    this.question = null;
    this.isLost = false;
    return this.#abort;
  }

  #read(id: string, signal: AbortSignal): Promise<Import> {
    return this.app.api.get<Import>(`imports/${encodeURIComponent(id)}`, { signal });
  }

  async #follow(started: Import, signal: AbortSignal): Promise<void> {
    this.current = started;
    if (started.state === 'accepted' || started.state === 'running') {
      this.#watched = watchJob(this.app.api, started.id, ({ job, isLost }) => {
        this.isLost = isLost;
        if (job && !isEnded(job)) this.current = { ...started, state: 'running', progress: job.progress };
      });
      const { problem } = await this.#watched.ended;
      if (problem) throw problem;
      this.current = await this.#read(started.id, signal);
    }
    if (signal.aborted) return;
    const layers = layersOf(this.current.problem);
    if (layers.length > 0) this.sourceLayers = layers;
    await this.#readReport(this.current, signal);
    this.status = 'ready';
    void this.loadLists();
  }

  /** The report and the faults, where the import has come as far as having some. */
  async #readReport(found: Import, signal: AbortSignal): Promise<void> {
    if (!found.links.some(({ rel }) => rel === 'describedby')) return;
    const { api } = this.app;
    this.report = await api.get<DeliveryReport>(`imports/${found.id}/report`, { query: { f: 'json' }, signal });
    this.faults = await api.get<Faults>(`imports/${found.id}/faults`, { query: { f: 'geojson' }, signal });
    await this.loadContract(this.report.settings.kind);
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (isAbort(error) || signal.aborted) return;
    this.problem = problemFromFailure('imports', error);
    this.status = 'failed';
  }
}
