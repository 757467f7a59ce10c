/** What the service answers: the parts of its OGC API that the map page reads. Field names are the service's own. */

import type { Feature, Geometry } from 'geojson';
import type { HatchKind } from '../map/hatch.ts';
import type { Schema } from './schema.ts';

export type CollectionKind =
  | 'parcel'
  | 'plan'
  | 'control_area'
  | 'reference'
  | 'finding'
  | 'idle_case'
  | 'land_finding'
  | 'plan_patch'
  | 'plan_cell'
  | 'plan_fault'
  | 'clearance_item'
  | 'overlay_pair';

export interface CollectionInfo {
  id: string;
  title: string;
  description?: string;
  extent?: { spatial?: { bbox?: number[][] } };
  /** The address of the reference system in which the service keeps it. */
  storageCrs?: string;
  duogui: {
    kind: CollectionKind;
    control_kind: string | null;
    title_zh: string;
    title_en: string;
    geometry: string;
    feature_count: number;
  };
}

export interface LegendEntry {
  value: string;
  label_zh: string;
  label_en: string;
  fill: string;
  outline: string;
  /** The symbol beside the colour, where the service gives one. */
  hatch?: HatchKind | null;
}

export interface Legend {
  /** The property whose value chooses the entry; null where one style draws the whole layer. */
  property: string | null;
  entries: LegendEntry[];
  default: Omit<LegendEntry, 'value'>;
}

/** The part of TileJSON 3.0 that decides which tiles exist. */
export interface Tileset {
  minzoom?: number;
  maxzoom?: number;
  bounds?: [number, number, number, number];
}

export interface Link {
  rel: string;
  href: string;
}

export type Properties = Record<string, unknown>;

export type Item<P = Properties> = Feature<Geometry, P> & { id: string | number };

export interface ItemPage<P = Properties> {
  features: Item<P>[];
  links?: Link[];
  numberMatched?: number;
  numberReturned?: number;
}

export type Verdict = 'DENY' | 'REVIEW' | 'NO_DATA' | 'WARN' | 'PASS';

/** Verdicts from the worst to the best, the order in which they are listed. */
export const VERDICTS: readonly Verdict[] = ['DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS'];

export interface ParcelProperties {
  parcel_code: string | null;
  land_use_code: string | null;
  code_version: string | null;
  area_registered_m2: number | null;
  area_ellipsoid_m2: number | null;
  area_planar_m2: number | null;
  /** Present only for a request that carries a key. */
  holder?: string | null;
  name?: string | null;
  attributes?: Properties | null;
}

export interface FindingProperties {
  check_run_id: string;
  target_layer: string;
  target_id: string;
  parcel_code: string | null;
  control_layer: string;
  control_kind: string | null;
  control_zone: string | null;
  rule_id: string;
  /**
   * `outside`: the part beyond a boundary; `not_covered`: the part for which the layer says nothing; `near`: a hard line that the
   * accuracy of its survey lets reach the parcel.
   */
  relation: 'overlap' | 'outside' | 'not_covered' | 'near';
  verdict: Verdict;
  overlap_class: 'real' | 'sliver' | 'artefact' | null;
  /** Null where the layer does not state the accuracy of its survey. */
  certainty: 'certain_hit' | 'doubtful_hit' | 'possible_hit' | null;
  overlap_area_m2: number | null;
  overlap_area_ha: number | null;
  overlap_area_mu: number | null;
  /** Part of the parcel that is covered, 0 to 1. */
  target_share: number | null;
  text_zh: string | null;
  text_en: string | null;
  article: string | null;
  remedy_zh: string | null;
  remedy_en: string | null;
}

export type IdleKind = Schema<'IdleKind'>;

/** What a scan flags. */
export const IDLE_KINDS: readonly IdleKind[] = [
  'idle_not_started',
  'idle_suspended',
  'late_start',
  'insufficient_data',
];

export interface IdleCaseProperties {
  as_of: string;
  /** Null, as is `target_id`, where the contract's parcel code finds no parcel or several. */
  parcel_layer: string | null;
  target_id: string | null;
  parcel_match: 'one' | 'none' | 'many';
  /** The parcels that carry the contract's code. */
  candidate_ids: string[];
  parcel_code: string | null;
  contract_no: string | null;
  kind: IdleKind;
  agreed_start_date: string | null;
  idle_since: string | null;
  gross_idle_days: number | null;
  net_idle_days: number | null;
  developed_share: number | null;
  invested_share: number | null;
  reason_zh: string | null;
  reason_en: string | null;
}
