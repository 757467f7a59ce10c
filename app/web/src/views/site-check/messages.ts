/** The texts of the view by name; `zh.ts` and `en.ts` have them in words. */

import type { Language } from '../../i18n/language.ts';
import type { LayerStatus, Stage } from './answer.ts';
import { en } from './en.ts';
import type { Indicator, LandSource } from './question.ts';
import { zh } from './zh.ts';

export interface SiteCheckMessages {
  intro: string;
  land: string;
  sources: Record<LandSource, string>;
  draw: {
    start: string;
    rectangle: string;
    hint: string;
    rectangleHint: string;
    stop: string;
    drawn: (count: string) => string;
    none: string;
    remove: (number: string) => string;
    site: (number: string) => string;
    corners: (count: string) => string;
  };
  parcels: { label: string; hint: string; add: string; remove: (code: string) => string; none: string; noCode: string };
  file: {
    label: string;
    drop: string;
    choose: string;
    formats: string;
    crs: string;
    crsHint: string;
    chosen: (name: string) => string;
    unknown: (name: string) => string;
    lost: string;
  };
  use: { label: string; placeholder: string; none: string; clear: string; table: string };
  stage: string;
  stages: Record<Stage, string>;
  asOf: string;
  today: string;
  more: string;
  industry: string;
  activity: string;
  activityHint: string;
  county: string;
  takesNewLand: string;
  isMajorProject: string;
  yesNo: { unknown: string; yes: string; no: string };
  figures: string;
  figuresNotWithFile: string;
  indicators: Record<Indicator, string>;
  submit: string;
  checking: string;
  needs: Record<LandSource, string>;
  mayNotCheck: string;
  again: string;
  answer: {
    heading: string;
    site: string;
    sites: (count: string) => string;
    asOf: (date: string) => string;
    checkedAt: (time: string) => string;
    reasons: string;
    project: string;
    kept: (count: string) => string;
    hit: string;
    clear: string;
    unknown: string;
    noneHit: string;
    noneClear: string;
    noneUnknown: string;
    covered: (share: string) => string;
    version: (number: string) => string;
    missingKind: string;
    assumed: string;
    assumedHint: string;
    assumedNumbers: (count: string) => string;
    distance: (metres: string) => string;
    missingFacts: string;
    article: string;
    remedy: string;
    rule: string;
    showOnMap: string;
    notAsked: (count: string) => string;
    sheet: string;
    sheetHint: string;
    languages: { zh: string; en: string; both: string };
    preparing: string;
  };
  statuses: Record<LayerStatus, string>;
  /** Kinds of control areas, for those of which there is no layer that has a title. */
  kinds: Record<string, string>;
  history: {
    heading: string;
    none: string;
    more: string;
    open: (date: string) => string;
    sites: (count: string) => string;
  };
  problems: { check: string; read: string; history: string; codes: string; sheet: string };
}

export const TEXTS: Record<Language, SiteCheckMessages> = { zh, en };
