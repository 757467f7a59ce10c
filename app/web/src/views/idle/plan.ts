/** The recovery plan: what is asked, and what is answered. */

import type { Schema } from '../../api/schema.ts';

export interface PlanForm {
  officerDays: string;
  budget: string;
  demands: { use: string; place: string; area: string }[];
}

export type PlanAnswer = Schema<'RecoveryPlanAnswer'>;
export type PlannedCase = Schema<'PlannedCaseAnswer'>;

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
