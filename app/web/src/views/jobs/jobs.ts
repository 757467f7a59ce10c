/** What the list of jobs shows of each, and how soon it is asked again. */

import { isEnded, type Job } from '../../api/jobs.ts';
import type { ViewId } from '../../state/location-hash.ts';

export type JobInfo = Job;
export type JobStatus = JobInfo['status'];

export const STATUSES: readonly JobStatus[] = ['accepted', 'running', 'successful', 'failed', 'dismissed'];

const LIVE_MS = 1500;
const QUIET_MS = 10_000;

/** While something runs the list is asked often; a lost connection is no reason to ask oftener. */
export function nextWait(jobs: readonly Pick<JobInfo, 'status'>[], isLost: boolean): number {
  return !isLost && jobs.some(isOpen) ? LIVE_MS : QUIET_MS;
}

export function isOpen(job: Pick<JobInfo, 'status'>): boolean {
  return !isEnded(job);
}

/** Newer states of the first page in front of the pages that were read before, each job once. */
export function mergeJobs(fresh: readonly JobInfo[], known: readonly JobInfo[]): JobInfo[] {
  const ids = new Set(fresh.map(({ jobID }) => jobID));
  return [...fresh, ...known.filter(({ jobID }) => !ids.has(jobID))];
}

/** Seconds that a job has run, or ran; null before it starts. */
export function durationOf(job: Pick<JobInfo, 'started' | 'finished'>, now: number): number | null {
  if (!job.started) return null;
  const end = job.finished ? Date.parse(job.finished) : now;
  return Math.max(0, Math.round((end - Date.parse(job.started)) / 1000));
}

/** `90` is `1:30`. */
export function formatDuration(seconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/** The view that shows what a process found. */
const VIEW_OF: Readonly<Record<string, ViewId>> = {
  'check.run': 'map',
  'idle.scan': 'idle',
  'land.scan': 'dashboard',
  'imagery.evidence': 'idle',
  'table.import': 'idle',
  'layer.import': 'deliveries',
  'site.check': 'site-check',
  'plan.compare': 'plans',
  'plan.propose': 'plans',
  'plan.blueprint': 'plans',
  'plan.what-if': 'plans',
  'plan.keep': 'plans',
  'plan.faults': 'map',
  'plan.cells': 'map',
  'plan.clearance': 'map',
};

export function viewOfJob(process: string): ViewId | null {
  return VIEW_OF[process] ?? null;
}

/** The sentence of the problem that ended a job. */
export function problemOf({ exception, message }: JobInfo): string | null {
  const detail: unknown = exception?.detail;
  return typeof detail === 'string' && detail ? detail : (message ?? null);
}

/** The file that a job wrote, as a path of the service. */
export function fileOf({ links }: JobInfo): string | null {
  const link = links.find(({ rel }) => rel === 'enclosure');
  return link ? new URL(link.href, 'http://localhost/').pathname.replace(/^.*\/(exports\/)/, '$1') : null;
}
