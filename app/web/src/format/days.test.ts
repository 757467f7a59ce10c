import { describe, expect, it } from 'vitest';
import { fromDay, toDay } from './days.ts';

describe('days', () => {
  it('are numbers and back', () => {
    expect(fromDay('1970-01-02')).toBe(1);
    expect(toDay(fromDay('2024-02-29'))).toBe('2024-02-29');
    expect(fromDay('2024-03-01') - fromDay('2024-02-28')).toBe(2);
  });

  it('begin at midnight in China where eight hours are added', () => {
    const lateInLondon = Date.parse('2026-11-28T17:00:00Z') / 86_400_000;
    expect(toDay(lateInLondon + 1 / 3)).toBe('2026-11-29');
  });
});
