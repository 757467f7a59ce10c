/** What the service answers about comparisons of plans (docs/plan-integration.md): its free-form members, as far as the page reads them. */

export interface Area {
  area_m2: number;
  area_ha: number;
  area_mu: number;
  share: number;
}

export const CONFLICT_CLASSES = ['conflict', 'gap', 'contradiction', 'agreed_construction'] as const;
export type ConflictClass = (typeof CONFLICT_CLASSES)[number];

export const PATCH_STATES = ['open', 'proposed', 'agreed', 'applied', 'rejected'] as const;
export type PatchState = (typeof PATCH_STATES)[number];

/** Where a patch may go from each state; the service refuses any other move. */
export const MOVES: Record<PatchState, readonly PatchState[]> = {
  open: ['proposed', 'rejected'],
  proposed: ['agreed', 'rejected', 'open'],
  agreed: ['applied', 'rejected', 'proposed'],
  applied: [],
  rejected: ['open'],
};

export interface Named {
  name_zh: string;
  name_en: string;
}

export interface ComparedPlan {
  layer: string;
  version: number;
  zones: number;
  title_zh: string;
  title_en: string;
}

export interface Matrix {
  rows: string;
  columns: string;
  row_names: string[];
  column_names: string[];
  areas: Area[][];
}

/** Why everything was computed again, where a comparison could have been brought up to date. */
export interface ComputedAgain {
  reason: string;
  text_zh: string;
  text_en: string;
}

export interface Comparison {
  plan_comparison_id: number;
  plan_set: string;
  as_of: string;
  is_current: boolean;
  finished_at: string;
  summary: {
    plans: ComparedPlan[];
    line_layers: { layer: string; title_zh: string; title_en: string }[];
    lines: (Named & { line: string; touched: Area; conflict: Area; construction_in_a_plan: Area })[];
    classes: (Named & Area & { class: string; patches: { real: number; sliver: number; artefact: number } })[];
    matrices: { rows: string; columns: string; statuses: string[]; areas: Area[][] }[];
    compared_area: Area;
    computed_again?: ComputedAgain;
    /** Codes that stand in no table: their zones say nothing of what may be built, and count as no data. */
    unknown_codes?: { plan: string; code: string | null; zones: number }[];
  };
}

export interface Patch {
  patch: string;
  conflict_class: ConflictClass;
  overlap_class: 'real' | 'sliver' | 'artefact';
  plan_statuses: string[];
  plan_codes: (string | null)[];
  hard_lines: string[];
  area_m2: number;
  text_zh: string;
  text_en: string;
  state: PatchState;
  decided_plan: string | null;
  decided_code: string | null;
  reason_code: string | null;
  reason_zh: string | null;
  reason_en: string | null;
  unknown_facts: string[];
  owner: string | null;
  deadline: string | null;
  document: string | null;
  effective_on: string | null;
  district_opinion: string | null;
  leading_group_opinion: string | null;
  city_opinion: string | null;
  quota_source: string | null;
  etag: string;
}

/** One line of a patch's history. */
export interface HistoryEntry {
  decision: number;
  action: string;
  from_state: PatchState | null;
  to_state: PatchState | null;
  note: string | null;
  recorded_at: string;
  recorded_by: string;
}

export interface Stage {
  added_mu: number;
  removed_mu: number;
  net_mu: number;
  added_ha: number;
  removed_ha: number;
  net_ha: number;
  added_agricultural_mu: number;
  added_arable_mu: number;
  grows: boolean;
}

export const STAGES = ['applied', 'agreed', 'proposed'] as const;

export interface Balance {
  states: (Named & { state: PatchState; patches: number; area_mu: number })[];
  plans: { plan: string; title_zh: string; title_en: string; stages: Record<(typeof STAGES)[number], Stage> }[];
}

export interface BulkAnswer {
  selected: number;
  changed: number;
  balance: Balance;
}

/** The plain names under which a cell without data stands in matrices and statuses. */
export const NO_DATA = 'no_data';

/** The matrices of a comparison by what the plans say, in the form of those by class and code. */
export function statusMatrices({ summary }: Comparison): Matrix[] {
  return summary.matrices.map(({ rows, columns, statuses, areas }) => ({
    rows,
    columns,
    row_names: statuses,
    column_names: statuses,
    areas,
  }));
}
