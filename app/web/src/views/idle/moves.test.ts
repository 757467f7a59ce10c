import { describe, expect, it } from 'vitest';
import {
  fieldsOf,
  isAction,
  lacksFacts,
  missingFields,
  moveBody,
  MOVE_FIELDS,
  nameOf,
  sortMoves,
  withFactsNamed,
} from './moves.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

describe('the body of a move', () => {
  it('leaves out what was left empty', () => {
    expect(moveBody('notify_survey', { on: '2025-03-12', document_no: ' 调查〔2025〕1号 ', served_on: '' })).toEqual({
      action: 'notify_survey',
      on: '2025-03-12',
      document_no: '调查〔2025〕1号',
    });
  });

  it('puts a field with a path into its object', () => {
    const body = moveBody('correct', { on: '2025-04-11', 'facts.holder_address': '某县某路1号', reason: '补充住所' });
    expect(body.facts).toEqual({ holder_address: '某县某路1号' });
  });

  it('has only the fields of the plan that was chosen', () => {
    const values = {
      on: '2025-05-01',
      'plan.option': 'paid_recovery',
      'plan.compensation_yuan': '100.50',
      'plan.funding': 'budget',
      'plan.until': '2026-01-01',
    };
    expect(moveBody('agree_plan', values).plan).toEqual({
      option: 'paid_recovery',
      compensation_yuan: '100.50',
      funding: 'budget',
    });
  });

  it('tells known from unknown where a field has yes, no and neither', () => {
    const body = moveBody('reuse', {
      on: '2025-06-10',
      use: 'reserve',
      'readiness.water': 'true',
      'readiness.gas': 'false',
    });
    expect(body.readiness).toEqual({ water: true, gas: false });
    expect(body.is_soil_intact).toBe(false);
    expect(body.clean_land).toBeUndefined();
  });
});

describe('a form', () => {
  it('asks for what is required and was left empty', () => {
    expect(missingFields('determine', { kind: 'idle_not_started' }).map(nameOf)).toEqual(['cause', 'basis']);
  });

  it('asks for the fields of a plan only when it is chosen', () => {
    expect(fieldsOf('agree_plan', {}).map(nameOf)).toEqual(['option']);
    expect(fieldsOf('agree_plan', { 'plan.option': 'other' }).map(nameOf)).toEqual([
      'option',
      'text',
      'new_start_date',
    ]);
  });

  it.each([
    ['zh', zh],
    ['en', en],
  ])('has a name for every field and every choice in %s', (_language, text) => {
    const fields = Object.values(MOVE_FIELDS).flat();
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.map(nameOf).filter((name) => !(name in text.fields))).toEqual([]);
    expect(fields.flatMap(({ choices = [] }) => choices).filter((name) => !(name in text.choices))).toEqual([]);
  });
});

it('moves that lead on stand before those that may be made at any time', () => {
  const moves = [
    { action: 'attach_evidence', leads_to: null },
    { action: 'request_hearing', leads_to: null },
    { action: 'publish', leads_to: 'published' },
  ];
  expect(sortMoves(moves).map(({ action }) => action)).toEqual(['publish', 'request_hearing', 'attach_evidence']);
});

it('an unknown move has no form', () => {
  expect(isAction('open')).toBe(false);
  expect(isAction('publish')).toBe(true);
});

describe('a refusal', () => {
  const obstacle = { en: 'a determination names the holder and the address; missing: holder, holder_address' };

  it('names facts as people do', () => {
    expect(withFactsNamed('缺少：holder_address、holder', zh.fields)).toBe('缺少：使用权人住所、使用权人');
    expect(withFactsNamed(obstacle.en, en.fields)).not.toContain('holder_address');
  });

  it('for a fact that nobody has stated leads to a correction', () => {
    expect(lacksFacts([obstacle])).toBe(true);
    expect(lacksFacts([{ en: 'the holder has not answered yet' }])).toBe(false);
  });
});
