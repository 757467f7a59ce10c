/** The recovery plan: what is asked, and what is answered. */

import type { Schema } from '../../api/schema.ts';

export interface PlanForm {
  officerDays: string;
  budget: string;
  demands: { use: string; place: string; area: string }[];
}

export interface PlannedCase {
  case_id: number;
  contract_no: string;
  area_m2: string;
  use: string;
  place: string;
  is_taken: boolean;
  reason: string;
  short_by: string | null;
}

export interface PlanAnswer {
  served_m2: string;
  officer_days: string;
  compensation_yuan: string;
  cases: PlannedCase[];
  not_planned: { case_id: number; contract_no: string; missing: string[] }[];
}

const AMOUNT = /^\d+(\.\d+)?$/;

/** The request, or null while something is missing or no amount. */
export function planBody({ officerDays, budget, demands }: PlanForm): Schema<'PlanRequest'> | null {
  const wanted = demands.map(({ use, place, area }) => ({
    use: use.trim(),
    ...(place.trim() && { place: place.trim() }),
    area_m2: area.trim(),
  }));
  const isComplete =
    AMOUNT.test(officerDays.trim()) &&
    AMOUNT.test(budget.trim()) &&
    wanted.every(({ use, area_m2 }) => use !== '' && AMOUNT.test(area_m2) && Number(area_m2) > 0);
  return isComplete
    ? { officer_days: officerDays.trim(), budget_yuan: budget.trim(), demands: wanted, cases: [] }
    : null;
}
