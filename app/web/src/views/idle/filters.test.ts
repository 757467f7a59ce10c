import { describe, expect, it } from 'vitest';
import { landQuery, monthEnd } from './filters.ts';

const none = { stage: '', kind: '', zone: '', holder: '', due: '' };

describe('the query of the list', () => {
  it('has only what was chosen', () => {
    expect(landQuery(none, '2025-03-10')).toEqual({});
    expect(landQuery({ ...none, stage: 'none', holder: '置业' }, '2025-03-10')).toEqual({
      stage: 'none',
      holder: '置业',
    });
  });

  it('asks for periods that were over yesterday, or end in the month', () => {
    expect(landQuery({ ...none, due: 'overdue' }, '2025-03-01')).toEqual({ due_until: '2025-02-28', running: 'true' });
    expect(landQuery({ ...none, due: 'month' }, '2025-03-01').due_until).toBe('2025-03-31');
  });

  it('does not guess the day before the service has told it', () => {
    expect(landQuery({ ...none, due: 'overdue' }, null)).toEqual({});
  });
});

it('a month ends on its last day', () => {
  expect(monthEnd('2024-02-10')).toBe('2024-02-29');
  expect(monthEnd('2025-12-31')).toBe('2025-12-31');
});
