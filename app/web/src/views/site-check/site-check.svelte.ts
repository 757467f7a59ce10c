/** The state of the view: the form, the answer that is shown, and the former checks. */

import type { FeatureCollection, Geometry, Polygon } from 'geojson';
import { watchJob, type WatchedJob } from '../../api/jobs.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import { nextQuery } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { geometryBounds, unionBounds } from '../../map/bounds.ts';
import type { App } from '../../state/app.svelte.ts';
import { draft } from '../../state/draft.svelte.ts';
import type { LoadStatus } from '../../state/paged-items.svelte.ts';
import type { CheckAnswer, SiteAnswer } from './answer.ts';
import { reasonsOf, type Reason } from './reading.ts';
import { asksForFigures, emptyQuestion, fileQuery, mediaTypeOf, missingLand, requestBody } from './question.ts';
import { searchCodes, type UseCode } from './use-codes.ts';

export type ListedCheck = Schema<'ListedSiteCheck'>;

const CHECK_FIELD = 'check';
const SITE_FIELD = 'site';
const HISTORY_PAGE = 20;

export class SiteCheckState {
  readonly form = draft('site-check', emptyQuestion());
  /** A file cannot be kept through a reload. */
  file: File | null = $state.raw(null);
  codes: UseCode[] = $state.raw([]);
  codesProblem: ApiProblem | null = $state.raw(null);

  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  /** What the problem is with: making a check, or reading one. */
  failed: 'check' | 'read' = $state('check');
  /** 0 to 100 while a job checks many sites. */
  progress: number | null = $state(null);
  answer: CheckAnswer | null = $state.raw(null);
  shapes: FeatureCollection | null = $state.raw(null);
  /** The reason that was chosen; the map shows it above the others. */
  chosen: string | null = $state(null);

  history: ListedCheck[] = $state.raw([]);
  historyStatus: LoadStatus = $state('idle');
  historyProblem: ApiProblem | null = $state.raw(null);
  #historyNext: string | null = $state(null);

  readonly app: App;
  #abort = new AbortController();
  #watched: WatchedJob | null = null;

  constructor(app: App) {
    this.app = app;
  }

  get checkId(): string | null {
    return this.app.field('site-check', CHECK_FIELD);
  }

  /** The site that is looked at: the first where the address names none. */
  readonly site: SiteAnswer | null = $derived.by(() => {
    const wanted = this.app.field('site-check', SITE_FIELD);
    return this.answer?.sites.find(({ site }) => site === wanted) ?? this.answer?.sites[0] ?? null;
  });

  readonly reasons: Reason[] = $derived(this.site ? reasonsOf(this.site) : []);

  /** The land on the map: what the answer is about, else what the form has. */
  readonly land: Geometry[] = $derived.by(() => {
    if (!this.answer) return this.form.value.by === 'draw' ? this.form.value.drawn : [];
    const features = this.shapes?.features ?? [];
    return features.filter(({ properties }) => properties?.site === this.site?.site).map(({ geometry }) => geometry);
  });

  get missing() {
    return missingLand(this.form.value, this.file !== null);
  }

  get hasMoreHistory(): boolean {
    return this.#historyNext !== null;
  }

  search(text: string): UseCode[] {
    return searchCodes(this.codes, text);
  }

  codeNamed(code: string): UseCode | null {
    return this.codes.find((known) => known.code === code) ?? null;
  }

  async loadCodes(): Promise<void> {
    if (this.codes.length > 0) return;
    this.codesProblem = null;
    try {
      const name = encodeURIComponent(this.form.value.useVersion);
      this.codes = (await this.app.api.get<Schema<'CodeTable'>>(`code-tables/${name}`)).codes;
    } catch (error) {
      this.codesProblem = problemFromFailure('code-tables', error);
    }
  }

  addDrawn(polygon: Polygon): void {
    this.form.value.drawn.push(polygon);
  }

  chooseSite(site: string): void {
    this.chosen = null;
    this.app.setFields('site-check', { [SITE_FIELD]: site });
    this.zoomToLand();
  }

  choose({ key, finding }: Reason): void {
    this.chosen = this.chosen === key ? null : key;
    if (this.chosen && finding.geometry) this.app.fit(geometryBounds(finding.geometry));
  }

  zoomToLand(): void {
    this.app.fit(unionBounds(this.land.map(geometryBounds)));
  }

  /** Ask the service; what was typed stays as it is, answered or refused. */
  async submit(): Promise<void> {
    const { signal } = this.#begin();
    this.failed = 'check';
    try {
      const reply = await this.#send(signal);
      const id = reply.status === 202 ? await this.#follow(reply.body as Schema<'StatusInfo'>) : null;
      const answer = id === null ? (reply.body as CheckAnswer) : await this.#read(id, signal);
      if (signal.aborted) return;
      await this.#show(answer, signal);
      void this.loadHistory();
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** Show a check that was made before. */
  async open(id: string): Promise<void> {
    const { signal } = this.#begin();
    this.failed = 'read';
    try {
      await this.#show(await this.#read(id, signal), signal);
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** Go back to the form, which has kept what it held. */
  close(): void {
    this.#begin();
    this.status = 'idle';
    this.app.setFields('site-check', { [CHECK_FIELD]: null, [SITE_FIELD]: null });
  }

  stop(): void {
    this.#abort.abort();
    this.#watched?.stop();
  }

  async loadHistory(): Promise<void> {
    this.history = [];
    this.#historyNext = null;
    await this.#readHistory(`?limit=${HISTORY_PAGE}`);
  }

  async moreHistory(): Promise<void> {
    if (this.#historyNext && this.historyStatus !== 'loading') await this.#readHistory(this.#historyNext);
  }

  async #readHistory(query: string): Promise<void> {
    this.historyStatus = 'loading';
    this.historyProblem = null;
    try {
      const page = await this.app.api.get<Schema<'SiteCheckList'>>(`site-checks${query}`);
      this.history = [...this.history, ...page.site_checks];
      this.#historyNext = nextQuery(page.links);
      this.historyStatus = 'ready';
    } catch (error) {
      this.historyProblem = problemFromFailure('site-checks', error);
      this.historyStatus = 'failed';
    }
  }

  #begin(): AbortController {
    this.stop();
    this.#abort = new AbortController();
    this.status = 'loading';
    this.problem = null;
    this.progress = null;
    this.answer = null;
    this.shapes = null;
    this.chosen = null;
    return this.#abort;
  }

  async #send(signal: AbortSignal) {
    const question = this.form.value;
    const { api } = this.app;
    if (question.by !== 'file') return api.post<unknown>('site-checks', requestBody(question), { signal });
    const file = this.file!;
    const type = mediaTypeOf(file.name)!;
    // Figures of the building cannot stand in a query: GeoJSON goes into the body that has them.
    if (type === 'application/geo+json' && asksForFigures(question.stage) && !question.crs.trim()) {
      const sites = await readJson(file);
      if (sites !== null) {
        const { sites: _, ...facts } = requestBody({ ...question, by: 'draw', drawn: [] });
        return api.post<unknown>('site-checks', { sites, ...facts }, { signal });
      }
    }
    const headers = { 'Content-Type': type };
    const options = { query: fileQuery(question), headers, signal };
    return api.upload<unknown>({ path: 'site-checks', body: file, options });
  }

  async #follow(job: Schema<'StatusInfo'>): Promise<string> {
    this.progress = job.progress;
    this.#watched = watchJob(this.app.api, job.id, (state) => (this.progress = state.job?.progress ?? this.progress));
    const { job: ended, problem } = await this.#watched.ended;
    if (problem) throw problem;
    const result = await this.app.api.get<{ site_check_id: string }>(`jobs/${ended!.id}/results`);
    return result.site_check_id;
  }

  #read(id: string, signal: AbortSignal): Promise<CheckAnswer> {
    return this.app.api.get<CheckAnswer>(`site-checks/${encodeURIComponent(id)}`, { signal });
  }

  async #show(answer: CheckAnswer, signal: AbortSignal): Promise<void> {
    const id = answer.site_check_id;
    this.shapes = await this.app.api.get<FeatureCollection>(`site-checks/${id}/sites`, { signal });
    if (signal.aborted) return;
    const site = this.app.field('site-check', SITE_FIELD);
    const isKnown = answer.sites.some((one) => one.site === site);
    this.app.setFields('site-check', { [CHECK_FIELD]: id, [SITE_FIELD]: isKnown ? site : null });
    this.answer = answer;
    this.status = 'ready';
    this.zoomToLand();
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (isAbort(error) || signal.aborted) return;
    this.problem = problemFromFailure('site-checks', error);
    this.status = 'failed';
  }
}

/** The GeoJSON of a file, or null where it is none: the service then says what is wrong with it. */
async function readJson(file: File): Promise<unknown> {
  try {
    return JSON.parse(await file.text());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
