/** The list of jobs, kept up to date while it is looked at. */

import { nextQuery } from '../../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { Schema } from '../../api/schema.ts';
import type { App } from '../../state/app.svelte.ts';
import { mergeJobs, nextWait, type JobInfo } from './jobs.ts';

type JobPage = Schema<'JobList'>;

const PAGE = 30;

export class JobsState {
  readonly app: App;
  jobs: JobInfo[] = $state.raw([]);
  problem: ApiProblem | null = $state.raw(null);
  isKnown: boolean = $state(false);
  now: number = $state(Date.now());
  next: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(app: App) {
    this.app = app;
  }

  get status(): string {
    return this.app.field('jobs', 'status') ?? '';
  }

  set status(status: string) {
    this.app.setFields('jobs', { status: status || null });
  }

  /** Begin anew, with another filter. */
  async start(status: string): Promise<void> {
    this.stop();
    this.jobs = [];
    this.next = null;
    this.isKnown = false;
    await this.#follow(status, (this.#abort = new AbortController()).signal);
  }

  stop(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async more(): Promise<void> {
    if (!this.next) return;
    const page = await this.app.api.get<JobPage>(`jobs${this.next}`);
    this.jobs = mergeJobs(this.jobs, page.jobs);
    this.next = nextQuery(page.links);
  }

  async dismiss(job: JobInfo): Promise<void> {
    const { body } = await this.app.api.delete<JobInfo>(`jobs/${job.jobID}`);
    this.jobs = this.jobs.map((known) => (known.jobID === body.jobID ? body : known));
  }

  async #follow(status: string, signal: AbortSignal): Promise<void> {
    try {
      const query = { limit: PAGE, status: status || null };
      const page = await this.app.api.get<JobPage>('jobs', { query, signal });
      if (signal.aborted) return;
      // Under a filter a job that changed its state leaves the list.
      this.jobs = status ? page.jobs : mergeJobs(page.jobs, this.jobs);
      if (!this.isKnown || status) this.next = nextQuery(page.links);
      this.problem = null;
      this.isKnown = true;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = problemFromFailure('jobs', error);
    }
    this.now = Date.now();
    this.#timer = setTimeout(() => void this.#follow(status, signal), nextWait(this.jobs, this.problem !== null));
  }
}
