/** Which patches of a register are looked at: by state, class, line, text, and by a cell of the matrix. */

import { NO_DATA, type ConflictClass, type Patch, type PatchState } from './answers.ts';

/** One cell of a matrix: what two plans say. */
export interface Cell {
  by: 'status' | 'code';
  rows: string;
  row: string;
  columns: string;
  column: string;
}

export interface RegisterFilter {
  state: PatchState | '';
  conflictClass: ConflictClass | '';
  line: string;
  text: string;
  withArtefacts: boolean;
  cell: Cell | null;
}

export function emptyFilter(): RegisterFilter {
  return { state: '', conflictClass: '', line: '', text: '', withArtefacts: false, cell: null };
}

export function isFiltered({ state, conflictClass, line, text, cell }: RegisterFilter): boolean {
  return Boolean(state || conflictClass || line || text.trim() || cell);
}

/** The patches that meet a filter, the largest first. */
export function selectPatches(patches: readonly Patch[], plans: readonly string[], filter: RegisterFilter): Patch[] {
  const wanted = filter.text.trim().toLowerCase();
  return patches
    .filter(
      (patch) =>
        (filter.withArtefacts || patch.overlap_class !== 'artefact') &&
        (!filter.state || patch.state === filter.state) &&
        (!filter.conflictClass || patch.conflict_class === filter.conflictClass) &&
        (!filter.line || patch.hard_lines.some((line) => isOfLine(line, filter.line))) &&
        (!wanted || textOf(patch).includes(wanted)) &&
        (!filter.cell || isInCell(patch, plans, filter.cell)),
    )
    .sort((a, b) => b.area_m2 - a.area_m2);
}

/** `ecological_redline` stands for every part of it. */
function isOfLine(line: string, wanted: string): boolean {
  return line === wanted || line.startsWith(`${wanted}.`);
}

function textOf({ patch, plan_codes, owner, text_zh, text_en }: Patch): string {
  return [patch, ...plan_codes, owner, text_zh, text_en].filter(Boolean).join(' ').toLowerCase();
}

export function isInCell(patch: Patch, plans: readonly string[], { by, rows, row, columns, column }: Cell): boolean {
  const said = by === 'status' ? patch.plan_statuses : patch.plan_codes.map((code) => code || NO_DATA);
  return said[plans.indexOf(rows)] === row && said[plans.indexOf(columns)] === column;
}

/** What the patches of a selection may all become: moves that every one of them has. */
export function commonMoves(patches: readonly Patch[], moves: Record<PatchState, readonly PatchState[]>): PatchState[] {
  const [first, ...others] = [...new Set(patches.map(({ state }) => state))];
  if (!first) return [];
  return moves[first].filter((move) => others.every((state) => moves[state].includes(move)));
}

/** MapLibre's filter for the tiles of patches: those of these plans that are looked at. */
export function tileFilter(planSet: string, patches: readonly Patch[]): unknown[] {
  const ids = patches.map(({ patch }) => patch);
  return ['all', ['==', ['get', 'plan_set'], planSet], ['in', ['get', 'feature_id'], ['literal', ids]]];
}
