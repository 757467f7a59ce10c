/** One kind of work that a view starts as a job: how far it is, how it ended, and stopping it. */

import type { ApiClient, Reply, RequestOptions } from '../api/client.ts';
import { isEnded, watchJob, type Job, type WatchedJob } from '../api/jobs.ts';
import { problemFromDocument, problemFromFailure, type ApiProblem } from '../api/problem.ts';

export class JobTask {
  isRunning: boolean = $state(false);
  /** 0 to 100; null before the job has begun. */
  progress: number | null = $state(null);
  isLost: boolean = $state(false);
  problem: ApiProblem | null = $state.raw(null);
  readonly #api: ApiClient;
  #watched: WatchedJob | null = null;
  #jobId: string | null = null;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Start a job and follow it; what it found, or null where it failed or was stopped. */
  run<T>(path: string, body: unknown): Promise<T | null> {
    return this.#follow<T>(path, () => this.#api.post<Job>(path, body));
  }

  /** Send a file that makes a job, and follow it. */
  upload<T>(path: string, body: FormData, query: NonNullable<RequestOptions['query']>): Promise<T | null> {
    const onProgress = () => {};
    return this.#follow<T>(path, () => this.#api.upload<Job>({ path, body, options: { query }, onProgress }));
  }

  async #follow<T>(path: string, start: () => Promise<Reply<Job>>): Promise<T | null> {
    if (this.isRunning) return null;
    this.isRunning = true;
    this.progress = null;
    this.problem = null;
    try {
      const { body: started } = await start();
      this.#jobId = started.id;
      this.#watched = watchJob(this.#api, started.id, ({ job, isLost }) => {
        this.isLost = isLost;
        if (job && !isEnded(job)) this.progress = job.status === 'accepted' ? null : job.progress;
      });
      const { job, problem } = await this.#watched.ended;
      if (problem) throw problem;
      if (job?.status === 'failed') {
        throw problemFromDocument('jobs', job.exception ?? { title: job.message ?? '' });
      }
      return job?.status === 'successful' ? await this.#api.get<T>(`jobs/${started.id}/results`) : null;
    } catch (error) {
      this.problem = problemFromFailure(path, error);
      return null;
    } finally {
      this.isRunning = false;
      this.#jobId = null;
    }
  }

  async cancel(): Promise<void> {
    if (!this.#jobId) return;
    try {
      await this.#api.delete<Job>(`jobs/${this.#jobId}`);
    } catch (error) {
      this.problem = problemFromFailure('jobs', error);
    }
  }

  stop(): void {
    this.#watched?.stop();
  }
}
