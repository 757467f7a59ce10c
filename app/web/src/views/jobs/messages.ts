/** The texts of the view by name; `zh.ts` and `en.ts` have them in words. */

import type { Language } from '../../i18n/language.ts';
import { en } from './en.ts';
import type { JobStatus } from './jobs.ts';
import { zh } from './zh.ts';

export interface JobsMessages {
  label: string;
  status: string;
  any: string;
  live: string;
  none: string;
  noneFiltered: string;
  more: string;
  statuses: Record<JobStatus, string>;
  processes: Record<string, string>;
  duration: string;
  waiting: string;
  cancel: string;
  cancelName: (work: string) => string;
  cancelling: string;
  needsCheck: string;
  show: string;
  results: string;
  hideResults: string;
  resultsOf: (work: string) => string;
  file: string;
  expires: (day: string) => string;
  problems: { list: string; cancel: string; results: string; file: string };
}

export const TEXTS: Record<Language, JobsMessages> = { zh, en };
