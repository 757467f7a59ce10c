/** What the service tells of comparisons of plans, by the names that its OpenAPI document has for it (docs/plan-integration.md). */

import type { Schema } from '../../api/schema.ts';

export type Comparison = Schema<'PlanComparisonAnswer'>;
export type ComparisonPage = Schema<'PlanComparisonList'>;
export type Matrix = Schema<'CrossedPlans'>;
export type Patch = Schema<'ListedPatch'>;
export type PatchPage = Schema<'PatchPage'>;
export type PatchState = Schema<'PatchState'>;
export type ConflictClass = Patch['conflict_class'];
export type HistoryEntry = Schema<'DecisionOfPatch'>;
export type Balance = Schema<'PatchBalance'>;
export type BulkAnswer = Schema<'BulkDecisionAnswer'>;

export const CONFLICT_CLASSES = [
  'conflict',
  'gap',
  'contradiction',
  'agreed_construction',
] as const satisfies readonly ConflictClass[];

export const PATCH_STATES = [
  'open',
  'proposed',
  'agreed',
  'applied',
  'rejected',
] as const satisfies readonly PatchState[];

/** Where a patch may go from each state; the service refuses any other move. */
export const MOVES: Record<PatchState, readonly PatchState[]> = {
  open: ['proposed', 'rejected'],
  proposed: ['agreed', 'rejected', 'open'],
  agreed: ['applied', 'rejected', 'proposed'],
  applied: [],
  rejected: ['open'],
};

/** From what is certain to all that is on the table. */
export const STAGES = ['applied', 'agreed', 'proposed'] as const satisfies readonly (keyof Schema<'BalanceStages'>)[];

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
