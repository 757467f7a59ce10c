/** What the service tells of idle land. These answers are plain objects in its OpenAPI document. */

import type { IdleKind } from '../../api/types.ts';

export const STAGES = [
  'none',
  'suspect',
  'survey',
  'evidence',
  'not_idle',
  'determined',
  'published',
  'filed',
  'plan_agreed',
  'plan_approved',
  'hearing',
  'fee_decided',
  'fee_paid',
  'recovery_decided',
  'enforcement',
  'disposed',
  'recovered',
  'reused',
  'ended',
] as const;
export type Stage = (typeof STAGES)[number];

export type Bearing = 'supports' | 'contradicts' | 'cannot_tell' | 'nothing_reported';

export interface LandRow {
  contract_no: string;
  parcel_code: string | null;
  parcel_layer: string | null;
  target_id: string | null;
  kind: IdleKind;
  idle_since: string | null;
  gross_idle_days: number | null;
  net_idle_days: number | null;
  zone: string | null;
  area_m2: string | null;
  holder: string | null;
  case_id: number | null;
  stage: Stage;
  due_name: string | null;
  due_on: string | null;
  is_overdue: boolean;
  ended_on: string | null;
  is_published: boolean;
  bearing: Bearing | null;
  /** West, south, east, north. */
  bbox: [number, number, number, number] | null;
}

export interface LandPage {
  as_of: string;
  matched: number;
  overdue: number;
  due_this_month: number;
  land: LandRow[];
  next_after?: string;
}

export interface LandGroups {
  as_of: string;
  scanned_for: string | null;
  overdue: number;
  due_this_month: number;
  stages: { stage: Stage; count: number; area_m2: string }[];
  kinds: { kind: IdleKind; count: number; area_m2: string }[];
  zones: { zone: string; count: number; area_m2: string }[];
}

export interface Mark {
  name: string;
  on: string;
  article: string;
  is_assumed: boolean;
}

export interface CauseInterval {
  code: string;
  first_day: string;
  last_day: string | null;
  is_excused: boolean;
  article: string;
}

export interface LawNumber {
  key: string;
  value: string;
  unit: string;
  document: string;
  article: string;
  is_assumed: boolean;
  note_zh: string;
}

export interface Timeline {
  as_of: string;
  marks: Mark[];
  intervals: CauseInterval[];
  numbers: LawNumber[];
}

export interface Obstacle {
  code: string;
  article: string;
  zh: string;
  en: string;
}

export interface OptionAnswer {
  option: string;
  is_offered: boolean;
  obstacles: Obstacle[];
}

export interface ContractLand extends LandRow {
  finding: {
    as_of: string;
    kind: IdleKind;
    agreed_start_date: string | null;
    developed_share: number | null;
    invested_share: number | null;
    missing: string[];
    reason_zh: string;
    reason_en: string;
    article: string;
    parcel_match: 'one' | 'none' | 'many';
    candidate_ids: string[];
  } | null;
  contract: { price_yuan: string | null } | null;
  options: OptionAnswer[] | null;
  timeline: Timeline;
}

export interface NextMove {
  action: string;
  zh: string;
  en: string;
  article: string;
  leads_to: Stage | null;
}

export interface MadeMove {
  number: number;
  action: string;
  zh: string;
  en: string;
  stage: Stage;
  done_on: string;
  document_no: string | null;
  due_on: string | null;
  recorded_by: string;
  move: Record<string, unknown>;
}

export interface DisposalCase {
  case_id: number;
  stage: Stage;
  facts: Record<string, string | string[] | null>;
  cause: string | null;
  fee_yuan: string | null;
  is_published: boolean;
  open_objection: boolean;
  open_appeal: boolean;
  next_moves: NextMove[];
  history: MadeMove[];
}

export interface Letter {
  letter_id: number;
  kind: string;
  letter_no: string;
  issued_at: string;
}

export interface Observation {
  /** Evidence that was collected before pictures were drawn does not say it. */
  scene_id?: number;
  taken_on: string;
  kind: string;
  source: string;
  band: number;
  resolution_m: number;
  pixels: number;
  valid_share: number;
  mean: number | null;
  vegetated_share: number | null;
  reading: string;
}

export interface Evidence {
  contract_no: string;
  bearing: Bearing;
  reason_zh: string;
  reason_en: string;
  claims: { kind: string; bearing: Bearing; zh: string; en: string }[];
  observations: Observation[];
  step: { seen_on: string; size: number } | null;
}

export interface Published {
  case_id: number;
  place: string | null;
  holder: string | null;
  idle_since: string | null;
  idle_days: number | null;
  cause: string | null;
}
