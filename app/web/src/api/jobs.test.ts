import { describe, expect, it } from 'vitest';
import type { Reply } from './client.ts';
import { watchJob, type Job, type JobState } from './jobs.ts';
import { ApiProblem } from './problem.ts';

type Step = Partial<Job> | ApiProblem | 'same';

/** A service that answers one step after the other, and what it was asked. */
function service(...steps: Step[]) {
  const asked: (string | undefined)[] = [];
  const read = <T>(_path: string, options?: { headers?: Record<string, string> }): Promise<Reply<T>> => {
    asked.push(options?.headers?.['If-None-Match']);
    const step = steps.shift()!;
    if (step instanceof ApiProblem) return Promise.reject(step);
    const headers = new Headers({ etag: `"${asked.length}"` });
    if (step === 'same') return Promise.resolve({ status: 304, headers, body: undefined as T });
    return Promise.resolve({ status: 200, headers, body: step as T });
  };
  return { api: { read }, asked };
}

const LOST = new ApiProblem('jobs/1', 0, '', 'Failed to fetch');
const noSleep = () => Promise.resolve();

describe('a job that is watched', () => {
  it('is told of at every change and until its end', async () => {
    const { api, asked } = service({ status: 'running', progress: 10 }, 'same', {
      status: 'successful',
      progress: 100,
    });
    const seen: JobState[] = [];
    const end = await watchJob(api, '1', (state) => seen.push(state), noSleep).ended;
    expect(seen.map(({ job }) => job?.progress)).toEqual([10, 100]);
    expect(end.job?.status).toBe('successful');
    expect(asked).toEqual([undefined, '"1"', '"2"']);
  });

  it('is asked for again after the connection was lost, and says so meanwhile', async () => {
    const { api } = service({ status: 'running' }, LOST, LOST, 'same', { status: 'failed' });
    const lost: boolean[] = [];
    const end = await watchJob(api, '1', ({ isLost }) => lost.push(isLost), noSleep).ended;
    expect(lost).toEqual([false, true, false, false]);
    expect(end).toMatchObject({ isLost: false, problem: null, job: { status: 'failed' } });
  });

  it('is given up where the service does not know it', async () => {
    const { api, asked } = service(new ApiProblem('jobs/1', 404, 'Job not found', ''));
    const end = await watchJob(api, '1', undefined, noSleep).ended;
    expect(end.problem?.status).toBe(404);
    expect(asked).toHaveLength(1);
  });

  it('is asked less and less often', async () => {
    const { api } = service(...Array.from({ length: 14 }, () => ({ status: 'running' as const })), {
      status: 'dismissed',
    });
    const waits: number[] = [];
    await watchJob(api, '1', undefined, (wait) => Promise.resolve(waits.push(wait))).ended;
    expect(waits[0]).toBe(300);
    expect(waits.at(-1)).toBe(5000);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
  });

  it('tells nothing more once it is stopped', async () => {
    const { api } = service({ status: 'running' }, { status: 'successful' });
    const seen: JobState[] = [];
    const watched = watchJob(
      api,
      '1',
      (state) => seen.push(state),
      async () => watched.stop(),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toHaveLength(1);
  });
});
