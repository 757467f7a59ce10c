import { describe, expect, it } from 'vitest';
import type { Timeline } from './answers.ts';
import { daysBetween, labelStart, placeTimeline } from './timeline.ts';

const mark = (name: string, on: string) => ({ name, on, article: '第二条', is_assumed: false });

function line(...marks: ReturnType<typeof mark>[]): Timeline {
  return { as_of: '2025-01-01', marks, intervals: [], numbers: [] };
}

describe('the clock on a line', () => {
  it('has no line without a day', () => {
    expect(placeTimeline(line(), 0.2)).toBeNull();
  });

  it('keeps the order and the proportions of the days', () => {
    const { marks, today } = placeTimeline(line(mark('b', '2024-01-01'), mark('a', '2023-01-01')), 0.1)!;
    expect(marks.map(({ name }) => name)).toEqual(['a', 'b']);
    const whole = daysBetween('2023-01-01', '2025-01-01');
    expect((marks[1]!.at - marks[0]!.at) / (today - marks[0]!.at)).toBeCloseTo(365 / whole, 6);
  });

  it('puts names that would run into each other into rows of their own', () => {
    const { marks, rows } = placeTimeline(
      line(mark('a', '2023-01-01'), mark('b', '2023-01-02'), mark('c', '2024-06-01')),
      0.2,
    )!;
    expect(marks.map(({ row }) => row)).toEqual([0, 1, 0]);
    expect(rows).toBe(2);
  });

  it('tells what is over from what is to come, today included', () => {
    const { marks } = placeTimeline(line(mark('a', '2025-01-01'), mark('b', '2025-01-02')), 0.2)!;
    expect(marks.map(({ isPast }) => isPast)).toEqual([true, false]);
  });

  it('lets a cause that goes on run until today', () => {
    const timeline = line(mark('a', '2023-01-01'));
    timeline.intervals = [{ code: 'G1', first_day: '2024-01-01', last_day: null, is_excused: true, article: '' }];
    const { intervals, today } = placeTimeline(timeline, 0.2)!;
    expect(intervals[0]!.to).toBe(today);
    expect(intervals[0]!.from).toBeLessThan(today);
  });

  it('names the years in between', () => {
    expect(placeTimeline(line(mark('a', '2022-05-01')), 0.2)!.years.map(({ year }) => year)).toEqual([
      2023, 2024, 2025,
    ]);
  });

  it('keeps a name at the right end inside', () => {
    expect(labelStart(0.99, 0.2)).toBeCloseTo(0.8);
  });
});
