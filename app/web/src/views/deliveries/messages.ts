/** The texts of the view by name; `zh.ts` and `en.ts` have them in words. */

import type { Language } from '../../i18n/language.ts';
import type { Section } from './deliveries.svelte.ts';
import { en } from './en.ts';
import type { Severity } from './report.ts';
import type { Change } from './versions.ts';
import { zh } from './zh.ts';

export interface DeliveriesMessages {
  sections: Record<Section, string>;
  readOnly: string;
  files: {
    label: string;
    drop: string;
    choose: string;
    formats: string;
    chosen: (names: string, size: string) => string;
    incomplete: (missing: string) => string;
    several: string;
    again: string;
  };
  form: {
    target: string;
    existing: string;
    fresh: string;
    layer: string;
    choose: string;
    slug: string;
    slugHint: string;
    slugTaken: string;
    kind: string;
    titleZh: string;
    titleEn: string;
    more: string;
    sourceLayer: string;
    sourceLayerHint: string;
    crs: string;
    crsHint: string;
    encoding: string;
    encodingHint: string;
    validFrom: string;
    approvalNo: string;
    examine: string;
    examineHint: string;
  };
  layerChoice: { heading: string; hint: string };
  sending: string;
  running: string;
  back: string;
  stop: string;
  states: Record<string, string>;
  counts: {
    heading: string;
    read: string;
    accepted: string;
    repaired: string;
    rejected: string;
    complete: string;
    incomplete: string;
  };
  crs: {
    heading: string;
    declared: string;
    none: string;
    proposal: string;
    accept: string;
    accepted: string;
    name: string;
    use: string;
    needsFiles: string;
  };
  mapping: {
    heading: string;
    hint: string;
    takeFormer: (number: string) => string;
    field: string;
    column: string;
    nothing: string;
    constant: string;
    constantOf: (field: string) => string;
    columnOf: (field: string) => string;
    chosen: string;
    required: string;
    unused: string;
    examples: string;
    again: string;
  };
  faults: {
    heading: string;
    none: string;
    severities: Record<Severity, string>;
    remedy: string;
    row: (row: string) => string;
    show: string;
    onMap: (count: string) => string;
    more: (count: string) => string;
  };
  checks: { heading: string; statuses: Record<'done' | 'partly' | 'not_done', string>; names: Record<string, string> };
  actions: {
    importDraft: string;
    importHint: string;
    unmapped: (fields: string) => string;
    toFields: string;
    show: string;
    showHint: string;
    publish: string;
    publishHint: string;
    discard: string;
    discardQuestion: string;
    confirmDiscard: string;
    lossHeading: string;
    lossQuestion: string;
    confirmLoss: string;
    losses: { features: string; area_m2: string; filled: (field: string) => string };
    lossRow: (what: string, before: string, after: string, lost: string) => string;
    edit: string;
  };
  diff: {
    heading: string;
    between: (older: string, newer: string) => string;
    none: string;
    changes: Record<Change | 'unchanged', string>;
    area: (before: string, after: string) => string;
    moved: (metres: string) => string;
    fields: string;
    more: string;
    choose: string;
    first: string;
  };
  imports: { none: string; more: string; dryRun: string; version: (number: string) => string };
  layers: {
    none: string;
    versions: (count: string) => string;
    version: (number: string) => string;
    statuses: Record<'draft' | 'in_force' | 'archived', string>;
    validFrom: (day: string) => string;
    recorded: (time: string, name: string) => string;
    compare: (older: string) => string;
    publish: string;
    discard: string;
  };
  problems: { upload: string; lists: string; act: string; diff: string; draft: string };
}

export const TEXTS: Record<Language, DeliveriesMessages> = { zh, en };
