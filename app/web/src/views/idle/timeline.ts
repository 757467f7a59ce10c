/** The statutory clock laid out on a line: where each day stands, and in which row its name does not run into another's. */

import { fromDay, toDay } from '../../format/days.ts';
import type { CauseInterval, Mark, Timeline } from './answers.ts';

export interface PlacedMark extends Mark {
  /** 0 at the left end, 1 at the right. */
  at: number;
  row: number;
  isPast: boolean;
}

export interface PlacedInterval extends CauseInterval {
  from: number;
  to: number;
}

export interface PlacedTimeline {
  marks: PlacedMark[];
  intervals: PlacedInterval[];
  /** Where today stands. */
  today: number;
  /** The first day of each year in between. */
  years: { year: number; at: number }[];
  rows: number;
}

export function daysBetween(first: string, last: string): number {
  return fromDay(last) - fromDay(first);
}

/** `labelShare`: the part of the line's length that a mark's name takes. */
export function placeTimeline(timeline: Timeline, labelShare: number): PlacedTimeline | null {
  const { marks, intervals, as_of } = timeline;
  if (marks.length === 0) return null;
  const days = [
    as_of,
    ...marks.map(({ on }) => on),
    ...intervals.flatMap(({ first_day, last_day }) => [first_day, last_day ?? as_of]),
  ].map(fromDay);
  const first = Math.min(...days);
  const span = Math.max(Math.max(...days) - first, 30);
  const margin = span * 0.02;
  const at = (day: string) => (fromDay(day) - first + margin) / (span + 2 * margin);

  const ends: number[] = [];
  const placed = [...marks]
    .sort((a, b) => a.on.localeCompare(b.on))
    .map((mark): PlacedMark => {
      const position = at(mark.on);
      const start = labelStart(position, labelShare);
      let row = ends.findIndex((end) => end <= start);
      if (row < 0) row = ends.length;
      ends[row] = start + labelShare;
      return { ...mark, at: position, row, isPast: mark.on <= as_of };
    });
  return {
    marks: placed,
    intervals: intervals.map((interval) => ({
      ...interval,
      from: at(interval.first_day),
      to: Math.max(at(interval.last_day ?? as_of), at(interval.first_day)),
    })),
    today: at(as_of),
    years: yearsBetween(first, first + span).map((year) => ({ year, at: at(`${year}-01-01`) })),
    rows: ends.length,
  };
}

/** Names stand to the right of their day, those near the right end to its left. */
export function labelStart(at: number, labelShare: number): number {
  return Math.min(at, 1 - labelShare);
}

function yearsBetween(first: number, last: number): number[] {
  const year = (day: number) => Number(toDay(day).slice(0, 4));
  const years = [];
  for (let each = year(first) + 1; each <= year(last); each += 1) years.push(each);
  return years;
}
