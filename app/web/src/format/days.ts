/** Days as `2026-11-28`, and as numbers that a slider can run over. */

const DAY_MS = 86_400_000;

/** The number of days from 1970 to a day. */
export function fromDay(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

/** The day that lies this many days after 1970; parts of a day do not count. */
export function toDay(days: number): string {
  return new Date(Math.floor(days) * DAY_MS).toISOString().slice(0, 10);
}
