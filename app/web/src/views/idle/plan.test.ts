import { expect, it } from 'vitest';
import { planBody } from './plan.ts';

const form = { officerDays: '60', budget: '5000000', demands: [{ use: '100101', place: '', area: '20000' }] };

it('amounts go as text, and a place that was left empty does not go at all', () => {
  expect(planBody(form)).toEqual({
    officer_days: '60',
    budget_yuan: '5000000',
    demands: [{ use: '100101', area_m2: '20000' }],
    cases: [],
  });
});

it('nothing is asked while something is missing or no amount', () => {
  expect(planBody({ ...form, budget: 'much' })).toBeNull();
  expect(planBody({ ...form, demands: [{ use: '', place: '', area: '1' }] })).toBeNull();
  expect(planBody({ ...form, demands: [{ use: '1001', place: '', area: '0' }] })).toBeNull();
});
