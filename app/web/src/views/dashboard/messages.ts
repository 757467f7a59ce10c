/** The texts of the view by name; `zh.ts` and `en.ts` have them in words. */

import type { Language } from '../../i18n/language.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export interface DashboardMessages {
  intro: (day: string) => string;
  /** What matters today, in a sentence. */
  lead: (numbers: { denied: string; open: string; idle: string; overdue: string; due: string }) => string;
  figures: {
    label: string;
    idleRate: string;
    idleOf: (idle: string, contracts: string) => string;
    supplyRate: string;
    required: (percent: string, first: string, last: string) => string;
    nothingApproved: string;
    yearWithoutApproval: string;
    notScanned: string;
    overdue: string;
    dueMonth: string;
    running: string;
    conflicts: string;
    conflictsHint: (area: string) => string;
    denied: string;
    lowEfficiency: string;
    stale: string;
    staleOf: (count: string) => string;
    parcelsHint: string;
  };
  areas: { heading: string; planHeading: string; other: string; unknown: string; none: string; show: string };
  findings: { heading: string; parcels: (count: string) => string; none: string; show: string };
  differences: {
    heading: string;
    classes: Record<'conflict' | 'gap' | 'contradiction' | 'agreed_construction', string>;
    open: string;
    settled: string;
    none: string;
    show: string;
  };
  idle: { heading: string; none: string; noCase: string };
  topics: {
    heading: string;
    names: Record<string, string>;
    kinds: Record<string, string>;
    none: string;
    clear: string;
    asOf: (day: string) => string;
  };
  freshness: {
    heading: string;
    layer: string;
    version: string;
    since: string;
    age: string;
    days: (count: string) => string;
    stale: string;
    noVersion: string;
    mandatory: string;
    runs: Record<string, string>;
    never: string;
    open: string;
  };
  hectares: (area: string) => string;
  problem: string;
}

export const TEXTS: Record<Language, DashboardMessages> = { zh, en };
