import { describe, expect, it } from 'vitest';
import { durationOf, fileOf, formatDuration, mergeJobs, nextWait, problemOf, type JobInfo } from './jobs.ts';

function job(id: string, status: JobInfo['status'], more: Partial<JobInfo> = {}): JobInfo {
  return {
    processID: 'idle.scan',
    type: 'process',
    jobID: id,
    id,
    processingEntityType: 'ogc-api-processes',
    status,
    created: '2026-01-01T00:00:00Z',
    updated: '2026-01-01T00:00:00Z',
    progress: 0,
    links: [],
    ...more,
  };
}

describe('the list of jobs', () => {
  it('is asked oftener while something runs, but not while nobody answers', () => {
    expect(nextWait([job('a', 'running')], false)).toBeLessThan(nextWait([job('a', 'successful')], false));
    expect(nextWait([job('a', 'running')], true)).toBe(nextWait([], false));
  });

  it('takes the newer state of a job and keeps the others', () => {
    const merged = mergeJobs([job('b', 'successful')], [job('b', 'running'), job('a', 'failed')]);
    expect(merged.map(({ jobID, status }) => [jobID, status])).toEqual([
      ['b', 'successful'],
      ['a', 'failed'],
    ]);
  });
});

describe('a job', () => {
  it('has run from its start to its end, or until now', () => {
    const started = '2026-01-01T00:00:00Z';
    expect(durationOf({ started, finished: '2026-01-01T00:01:30Z' }, 0)).toBe(90);
    expect(durationOf({ started }, Date.parse('2026-01-01T00:00:05Z'))).toBe(5);
    expect(durationOf({}, 0)).toBeNull();
  });

  it.each([
    [5, '0:05'],
    [90, '1:30'],
    [3661, '1:01:01'],
  ])('%i seconds read %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('failed for the reason that the problem states', () => {
    const exception = { title: 'No scan', detail: 'Nothing has been delivered.' };
    expect(problemOf(job('a', 'failed', { exception, message: 'failed' }))).toBe('Nothing has been delivered.');
    expect(problemOf(job('a', 'failed', { message: 'lost' }))).toBe('lost');
  });

  it('leads to the file that it wrote, wherever the service says that it is', () => {
    const links = [{ href: 'https://gis.example/duogui/exports/a/file', rel: 'enclosure', type: 'text/csv' }];
    expect(fileOf(job('a', 'successful', { links }))).toBe('exports/a/file');
    expect(fileOf(job('a', 'successful'))).toBeNull();
  });
});
