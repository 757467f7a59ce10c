/** Which land the list shows: the filters as the address keeps them, and as the service takes them. */

import { fromDay, toDay } from '../../format/days.ts';

export const FILTERS = ['stage', 'kind', 'zone', 'holder', 'due'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Record<FilterName, string>;

export const DUE = ['overdue', 'month'] as const;

/** `today` is the service's own day. A period that ends today is not over yet. */
export function landQuery(filters: Filters, today: string | null): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of ['stage', 'kind', 'zone', 'holder'] as const) if (filters[name]) query[name] = filters[name];
  if (filters.due && today) {
    query.due_until = filters.due === 'overdue' ? toDay(fromDay(today) - 1) : monthEnd(today);
    query.running = 'true';
  }
  return query;
}

export function monthEnd(day: string): string {
  const [year, month] = day.split('-').map(Number);
  return new Date(Date.UTC(year!, month!, 0)).toISOString().slice(0, 10);
}
