/** What the service answers to a site check (docs/site-check.md): its free-form members, as far as the page reads them. */

import type { Geometry } from 'geojson';
import type { Verdict } from '../../api/types.ts';

export type LayerStatus = 'hit' | 'clear' | 'not_covered' | 'stale' | 'failed';

export interface Finding {
  rule_id: string;
  relation: string;
  verdict: Verdict;
  zone: string | null;
  constraint_ids: string[];
  missing: string[];
  overlap_area_m2?: number | null;
  overlap_area_ha?: number | null;
  overlap_area_mu?: number | null;
  target_percent?: number | null;
  distance_m?: number | null;
  overlap_class?: string | null;
  certainty?: string | null;
  text_zh: string;
  text_en: string;
  article: string | null;
  remedy_zh: string | null;
  remedy_en: string | null;
  is_assumed: boolean;
  geometry: Geometry | null;
}

export interface LayerAnswer {
  layer: string;
  control_kind: string | null;
  title_zh: string;
  title_en: string;
  version: number | null;
  valid_from: string | null;
  mandatory: boolean;
  status: LayerStatus;
  covered_share: number | null;
  verdict: Verdict;
  reason: string | null;
  findings: Finding[];
}

export interface MissingKind {
  control_kind: string;
  verdict: Verdict;
  text_zh: string;
  text_en: string;
}

export interface SiteAnswer {
  site: string;
  name: string | null;
  parcel_code: string | null;
  area_m2: number;
  area_ha: number;
  area_mu: number;
  verdict: Verdict;
  text_zh: string;
  text_en: string;
  is_assumed: boolean;
  layers: LayerAnswer[];
  project: Finding[];
  missing_layers: MissingKind[];
  not_asked: { field: string; rule_id: string; reason_zh: string; reason_en: string }[];
}

export interface ParameterRow {
  row_id: string;
  key: string;
  value: unknown;
  unit: string | null;
  document?: string | null;
  article?: string | null;
  status: string;
}

export interface CheckAnswer {
  site_check_id: string;
  created_at: string;
  verdict: Verdict;
  as_of: string;
  question: { use_code: string | null; use_code_version: string; stage: Stage } & Record<string, unknown>;
  sites: SiteAnswer[];
  assumed_parameters: ParameterRow[];
}

export type Stage = 'investment' | 'project_approval' | 'planning_permit' | 'building_permit';

export const STAGES: readonly Stage[] = ['investment', 'project_approval', 'planning_permit', 'building_permit'];
