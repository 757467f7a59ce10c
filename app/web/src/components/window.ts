/** Which rows of a long list of equally high rows are to be drawn. */

export interface RowWindow {
  first: number;
  /** Behind the last row that is drawn. */
  end: number;
}

export function rowWindow(count: number, rowHeight: number, top: number, height: number, spare = 6): RowWindow {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - spare, count));
  const end = Math.min(count, Math.max(first, Math.ceil((top + height) / rowHeight) + spare));
  return { first, end };
}
