/** The texts of the view by name; `zh.ts` and `en.ts` have them in words. */

import type { Language } from '../../i18n/language.ts';
import type { ConflictClass, PatchState } from './answers.ts';
import type { Missing } from './decision.ts';
import { en } from './en.ts';
import type { MatrixBy, Part } from './plans.svelte.ts';
import { zh } from './zh.ts';

export interface PlansMessages {
  comparison: string;
  none: string;
  fresh: string;
  former: string;
  parts: Record<Part, string>;
  readOnly: string;
  run: {
    plans: string;
    morePlans: string;
    lines: string;
    linesHint: string;
    asOf: string;
    today: string;
    start: string;
    running: string;
    needsTwo: string;
  };
  overview: {
    classes: string;
    patches: (count: string) => string;
    matrix: string;
    matrixHint: string;
    unknownCodes: (count: string, examples: string) => string;
    byCode: string;
    by: string;
    bys: Record<MatrixBy, string>;
    rows: string;
    columns: string;
    cell: (row: string, column: string, area: string) => string;
    lines: string;
    noLines: string;
    line: string;
    construction: string;
    conflict: string;
    mu: string;
  };
  names: Record<string, string>;
  classes: Record<ConflictClass, string>;
  states: Record<PatchState, string>;
  register: {
    shown: (shown: string, all: string, area: string) => string;
    none: string;
    label: string;
    state: string;
    conflictClass: string;
    line: string;
    text: string;
    any: string;
    artefacts: string;
    cell: string;
    clearCell: string;
    clear: string;
    propose: string;
    proposeHint: string;
    proposing: string;
    survey: string;
    noSurvey: string;
    decideShown: (count: string) => string;
    tryIt: string;
    apply: string;
    would: (changed: string, selected: string) => string;
    did: (changed: string, selected: string) => string;
    noMove: string;
    export: string;
  };
  patch: {
    heading: (id: string) => string;
    close: string;
    lines: string;
    proposal: string;
    decided: string;
    decide: string;
    history: string;
    missing: Record<Missing, string>;
  };
  decision: {
    state: string;
    keep: string;
    plan: string;
    planHint: string;
    owner: string;
    deadline: string;
    districtOpinion: string;
    leadingGroupOpinion: string;
    cityOpinion: string;
    quotaSource: string;
    document: string;
    effectiveOn: string;
    note: string;
  };
  balance: {
    heading: string;
    hint: string;
    stages: Record<'applied' | 'agreed' | 'proposed', string>;
    added: string;
    removed: string;
    net: string;
    grows: string;
    arable: string;
    states: string;
  };
  blueprint: {
    hint: string;
    to: string;
    validFrom: string;
    complete: string;
    start: string;
    running: string;
    made: (layer: string, version: string) => string;
    publish: string;
    published: string;
    first: string;
  };
  whatIf: {
    hint: string;
    layer: string;
    draft: (layer: string, version: string) => string;
    noDraft: string;
    start: string;
    running: string;
    branches: string;
    none: string;
    statuses: Record<string, string>;
    stale: string;
    keep: string;
    keeping: string;
    discard: string;
    patches: (gone: string, come: string) => string;
    parcels: (count: string) => string;
    show: string;
    confirmLoss: string;
  };
  problems: {
    lists: string;
    comparison: string;
    run: string;
    propose: string;
    decide: string;
    blueprint: string;
    whatIf: string;
  };
}

export const TEXTS: Record<Language, PlansMessages> = { zh, en };
