import { describe, expect, it } from 'vitest';
import { MOVES, statusMatrices, type Comparison, type Patch } from './answers.ts';
import { changeOf, emptyDecision, missingOf } from './decision.ts';
import { commonMoves, emptyFilter, isFiltered, selectPatches, tileFilter, type RegisterFilter } from './register.ts';

const PLANS = ['city_plan', 'land_use_plan'];

function patch(id: string, changes: Partial<Patch> = {}): Patch {
  return {
    patch: id,
    plan_comparison_id: 1,
    mean_width_m: 1,
    conflict_class: 'conflict',
    overlap_class: 'real',
    plan_statuses: ['construction', 'non_construction'],
    plan_codes: ['R2', '1000'],
    hard_lines: [],
    area_m2: 1,
    text_zh: '规划矛盾',
    text_en: 'Conflict',
    state: 'open',
    decision_count: 0,
    decided_plan: null,
    decided_code: null,
    decided_code_version: null,
    decided_status: null,
    adjusted_plans: [],
    adjusted_lines: [],
    reason_code: null,
    reason_zh: null,
    reason_en: null,
    reason_document: null,
    method: null,
    approval: null,
    approved_on: null,
    key_project: null,
    has_existing_right: null,
    is_built_lawfully: null,
    is_inside_scale_boundary: null,
    built_share: null,
    unknown_facts: [],
    owner: null,
    deadline: null,
    document: null,
    effective_on: null,
    district_opinion: null,
    leading_group_opinion: null,
    city_opinion: null,
    quota_source: null,
    etag: '"1-0"',
    ...changes,
  };
}

function select(patches: Patch[], filter: Partial<RegisterFilter>): string[] {
  return selectPatches(patches, PLANS, { ...emptyFilter(), ...filter }).map((found) => found.patch);
}

describe('the register', () => {
  const patches = [
    patch('a', { area_m2: 5, hard_lines: ['ecological_redline.core'] }),
    patch('b', { area_m2: 9, state: 'agreed', plan_codes: ['M1', '1000'], owner: '规划科' }),
    patch('c', { conflict_class: 'gap', plan_statuses: ['no_data', 'construction'], plan_codes: [null, '2110'] }),
    patch('d', { overlap_class: 'artefact' }),
  ];

  it('lists the largest first and artefacts only when asked', () => {
    expect(select(patches, {})).toEqual(['b', 'a', 'c']);
    expect(select(patches, { withArtefacts: true })).toHaveLength(4);
  });

  it('is filtered by state, class, line with its parts, and any text', () => {
    expect(select(patches, { state: 'agreed' })).toEqual(['b']);
    expect(select(patches, { conflictClass: 'gap' })).toEqual(['c']);
    expect(select(patches, { line: 'ecological_redline' })).toEqual(['a']);
    expect(select(patches, { line: 'ecological' })).toEqual([]);
    expect(select(patches, { text: '规划科' })).toEqual(['b']);
    expect(select(patches, { text: 'm1' })).toEqual(['b']);
  });

  it('is filtered by a cell of the matrix, missing data too', () => {
    const cell = { rows: 'city_plan', columns: 'land_use_plan' };
    expect(
      select(patches, { cell: { ...cell, by: 'status', row: 'construction', column: 'non_construction' } }),
    ).toEqual(['b', 'a']);
    expect(select(patches, { cell: { ...cell, by: 'code', row: 'M1', column: '1000' } })).toEqual(['b']);
    expect(select(patches, { cell: { ...cell, by: 'code', row: 'no_data', column: '2110' } })).toEqual(['c']);
  });

  it('knows whether anything is filtered, and tells the map', () => {
    expect(isFiltered(emptyFilter())).toBe(false);
    expect(isFiltered({ ...emptyFilter(), text: ' ' })).toBe(false);
    expect(isFiltered({ ...emptyFilter(), state: 'open' })).toBe(true);
    expect(tileFilter('city_plan+land_use_plan', [patches[0]!])).toEqual([
      'all',
      ['==', ['get', 'plan_set'], 'city_plan+land_use_plan'],
      ['in', ['get', 'feature_id'], ['literal', ['a']]],
    ]);
  });
});

describe('decisions', () => {
  it('for many patches offer only moves that all of them have', () => {
    expect(commonMoves([patch('a'), patch('b')], MOVES)).toEqual(['proposed', 'rejected']);
    expect(commonMoves([patch('a'), patch('b', { state: 'agreed' })], MOVES)).toEqual(['proposed', 'rejected']);
    expect(commonMoves([patch('a'), patch('b', { state: 'applied' })], MOVES)).toEqual([]);
    expect(commonMoves([], MOVES)).toEqual([]);
  });

  it('leave out what is left empty', () => {
    expect(changeOf({ ...emptyDecision(), state: 'agreed', owner: ' 规划科 ', note: '' })).toEqual({
      state: 'agreed',
      owner: '规划科',
    });
    expect(changeOf({ ...emptyDecision(), leadingGroupOpinion: '同意', quotaSource: '省级预留规模' })).toEqual({
      leading_group_opinion: '同意',
      quota_source: '省级预留规模',
    });
  });

  it('say what they lack', () => {
    expect(missingOf({ ...emptyDecision(), note: 'x' }, false)).toBe('nothing');
    expect(missingOf({ ...emptyDecision(), state: 'proposed' }, false)).toBe('plan');
    expect(missingOf({ ...emptyDecision(), state: 'agreed' }, true)).toBeNull();
    expect(missingOf({ ...emptyDecision(), state: 'applied', document: 'n' }, true)).toBe('document');
    expect(
      missingOf({ ...emptyDecision(), state: 'applied', document: 'n', effectiveOn: '2026-07-01' }, true),
    ).toBeNull();
  });
});

describe('the matrix by status', () => {
  it('names its rows and columns by what the plans say', () => {
    const area = { area_m2: 1, area_ha: 0, area_mu: 0, share: 1 };
    const summary = { matrices: [{ rows: 'a', columns: 'b', statuses: ['no_data'], areas: [[area]] }] };
    expect(statusMatrices({ summary } as unknown as Comparison)).toEqual([
      { rows: 'a', columns: 'b', row_names: ['no_data'], column_names: ['no_data'], areas: [[area]] },
    ]);
  });
});
