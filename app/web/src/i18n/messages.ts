/** The texts of the page by name; `zh.ts` and `en.ts` have them in words. */

import type { IdleKind, Verdict } from '../api/types.ts';
import type { ViewId } from '../state/location-hash.ts';
import { en } from './en.ts';
import type { Language } from './language.ts';
import { zh } from './zh.ts';

export interface Messages {
  app: {
    subtitle: string;
    title: string;
    map: string;
    mapHint: string;
    otherLanguage: string;
    light: string;
    dark: string;
    loading: string;
  };
  /** The views by their names, and what the page says around them. */
  views: Record<ViewId, string> & { label: string; close: string; failed: string };
  common: {
    cancel: string;
    close: string;
    required: string;
    /** What a field takes may be left out. */
    progress: string;
    lostConnection: string;
    /** Of a job: it has not begun; its progress is not known for a moment. */
    waiting: string;
    lost: string;
  };
  tabs: { label: string; layers: string; findings: string; idle: string; collapse: string; expand: string };
  search: { submit: string; several: string };
  layers: {
    groups: { result: string; parcel: string; control_area: string; plan: string; reference: string };
    show: (title: string) => string;
    details: (title: string) => string;
    opacity: string;
    zoom: string;
    features: (count: string) => string;
    failedTiles: (count: string) => string;
    none: string;
  };
  findings: {
    label: string;
    verdict: string;
    layer: string;
    any: string;
    none: string;
    noneFiltered: string;
    noLayer: string;
    loaded: (shown: string, total: string | null) => string;
    more: string;
    sliver: string;
    outside: string;
    not_covered: string;
    near: string;
    doubtful_hit: string;
    share: string;
    article: string;
    remedy: string;
    rule: string;
    zoom: (code: string) => string;
  };
  idle: {
    label: string;
    kind: string;
    any: string;
    none: string;
    noneFiltered: string;
    noLayer: string;
    contract: string;
    agreedStart: string;
    idleSince: string;
    grossDays: string;
    netDays: string;
    listDays: (gross: string, net: string) => string;
    developed: string;
    invested: string;
    asOf: (date: string) => string;
    noParcel: string;
    severalParcels: string;
    days: (count: string) => string;
  };
  parcel: {
    heading: string;
    noCode: string;
    use: string;
    holder: string;
    name: string;
    areas: string;
    registered: string;
    ellipsoidal: string;
    legal: string;
    planar: string;
    difference: (text: string) => string;
    unknown: string;
    findings: string;
    noFindings: string;
    noFindingsHint: string;
    idle: string;
    noIdle: string;
    attributes: string;
    alsoHere: string;
    overlapping: string;
    zoom: string;
    close: string;
    here: string;
  };
  units: { squareMetre: string; hectare: string; mu: string };
  map: { zoomIn: string; zoomOut: string; fit: string; coordinates: string; unsupported: string };
  problems: {
    collections: string;
    layer: (title: string) => string;
    tiles: (title: string) => string;
    list: string;
    parcel: string;
    search: string;
    map: string;
    noAnswer: string;
    status: (status: number) => string;
    needsKey: string;
    retry: string;
    dismiss: string;
    region: string;
  };
  session: {
    signIn: string;
    signOut: string;
    signedIn: (holder: string) => string;
    until: (time: string) => string;
    explain: string;
    key: string;
    scopes: Record<'none' | 'read' | 'check' | 'write', string>;
    /** What is shown above every view while nothing can be changed. */
    readOnly: Record<'none' | 'read' | 'check', string>;
    unknown: string;
    linkFailed: string;
  };
  verdicts: Record<Verdict, string>;
  idleKinds: Record<IdleKind, string>;
  /** Names of the properties that the sample's collections have. */
  properties: Record<string, string>;
  /** Names of the values of `control_zone`. */
  zones: Record<string, string>;
}

export const MESSAGES: Record<Language, Messages> = { zh, en };
