/** What the service tells for the dashboard. These answers are plain objects in its OpenAPI document. */

import type { CollectionKind, IdleKind, Verdict } from '../../api/types.ts';

export interface AreaClass {
  code: string | null;
  name_zh: string | null;
  name_en: string | null;
  fill: string | null;
  codes: (string | null)[];
  count: number;
  area_m2: number;
}

export interface LayerAreas {
  layer: string;
  kind: CollectionKind;
  title_zh: string;
  title_en: string;
  area_m2: number;
  classes: AreaClass[];
}

export interface Conflicts {
  findings: { verdict: Verdict; count: number; parcels: number; area_m2: number }[];
  differences: {
    conflict_class: 'conflict' | 'gap' | 'contradiction' | 'agreed_construction';
    open: number;
    open_m2: number;
    settled: number;
    settled_m2: number;
  }[];
}

export interface Supervision {
  idle: {
    as_of: string;
    contracts: number;
    idle: number;
    without_area: number;
    supplied_m2: string;
    idle_m2: string;
    percent: string | null;
  } | null;
  supply: {
    first_year: number;
    last_year: number;
    approved_m2: string;
    supplied_m2: string;
    kind: 'met' | 'below' | 'insufficient_data';
    percent: string | null;
    required_percent: string;
    article: string;
  };
  topics: { topic: string; as_of: string; kinds: { kind: string; count: number }[] }[];
}

export interface Clocks {
  as_of: string;
  scanned_for: string | null;
  overdue: number;
  due_this_month: number;
  stages: { stage: string; count: number }[];
  kinds: { kind: IdleKind; count: number }[];
}

export interface LayerAge {
  slug: string;
  kind: CollectionKind;
  title_zh: string;
  title_en: string;
  mandatory: boolean;
  valid_from: string | null;
  published_at: string | null;
  features: number | null;
  version: number | null;
  age_days: number | null;
  stale_after_days: number | null;
  is_stale: boolean;
}

export interface Freshness {
  as_of: string;
  layers: LayerAge[];
  runs: Record<string, string | null>;
}

export interface LandFinding {
  subject: string;
  kind: string;
  parcel_codes: string[];
  reason_zh: string;
  reason_en: string;
}
