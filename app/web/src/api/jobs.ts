/** Following a job: asked again and again, less often the longer it takes, through a lost connection too. */

import type { ApiClient } from './client.ts';
import { problemFromFailure, type ApiProblem } from './problem.ts';
import type { Schema } from './schema.ts';

export type Job = Schema<'StatusInfo'>;

export interface JobState {
  /** As it was last heard of; null before the first answer. */
  job: Job | null;
  /** The service did not answer the last time; it is being asked again. */
  isLost: boolean;
  /** Why the job can no longer be followed: it does not exist, or reading it is not allowed. */
  problem: ApiProblem | null;
}

export interface WatchedJob {
  /** Resolves when the job has ended, whatever its end, or can no longer be followed; never after `stop`. */
  ended: Promise<JobState>;
  stop: () => void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
const GROWTH = 1.4;

export function isEnded(job: Pick<Job, 'status'>): boolean {
  return job.status === 'successful' || job.status === 'failed' || job.status === 'dismissed';
}

/** Follow a job until its end; `onChange` is told whenever what is known of it has changed. */
export function watchJob(
  api: Pick<ApiClient, 'read'>,
  jobId: string,
  onChange: (state: JobState) => void = () => {},
  sleep: (milliseconds: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): WatchedJob {
  const abort = new AbortController();
  const { signal } = abort;
  let state: JobState = { job: null, isLost: false, problem: null };
  let etag: string | null = null;

  function change(next: Partial<JobState>): void {
    state = { ...state, ...next };
    if (!signal.aborted) onChange(state);
  }

  /** Whether the job is still to be followed. */
  async function ask(): Promise<boolean> {
    try {
      const headers: Record<string, string> = etag ? { 'If-None-Match': etag } : {};
      const reply = await api.read<Job | undefined>(`jobs/${encodeURIComponent(jobId)}`, { headers, signal });
      etag = reply.headers.get('etag');
      if (reply.body) change({ job: reply.body, isLost: false });
      else if (state.isLost) change({ isLost: false });
      return state.job === null || !isEnded(state.job);
    } catch (error) {
      if (signal.aborted) return false;
      const problem = problemFromFailure(jobId, error);
      if (!problem.isPassing) change({ problem, isLost: false });
      else if (!state.isLost) change({ isLost: true });
      return problem.isPassing;
    }
  }

  async function follow(): Promise<JobState> {
    let wait = FIRST_WAIT_MS;
    while (await ask()) {
      await sleep(wait);
      wait = Math.min(wait * GROWTH, LONGEST_WAIT_MS);
      if (signal.aborted) break;
    }
    return signal.aborted ? new Promise(() => {}) : state;
  }

  return { ended: follow(), stop: () => abort.abort() };
}
