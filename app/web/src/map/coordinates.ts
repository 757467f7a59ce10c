/** Coordinates as people write them: two numbers, with a reference system where they are not degrees. */

export interface WrittenPosition {
  x: number;
  y: number;
  /** Such as `EPSG:4549`; null where nothing but degrees can be meant. */
  crs: string | null;
}

const NUMBERS =
  /^\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*([EWNS])?\s*[,，;\s]\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*([EWNS])?\s*(?:(?:EPSG:?|@)\s*(\d{4,5}))?\s*$/i;

/**
 * Read `113.08, 28.24`, `28.24N 113.08E` or `409706.2 3125381.9 EPSG:4547` (easting before northing); null where the text
 * is something else.
 */
export function readCoordinates(text: string): WrittenPosition | null {
  const found = NUMBERS.exec(text);
  if (!found) return null;
  const [, first, firstSide, second, secondSide, code] = found;
  const isSwapped = /[NS]/i.test(firstSide ?? '') || /[EW]/i.test(secondSide ?? '');
  const signed = (value: string, side: string | undefined) => Number(value) * (/[SW]/i.test(side ?? '') ? -1 : 1);
  const values: [number, number] = [signed(first!, firstSide), signed(second!, secondSide)];
  const [x, y] = isSwapped ? values.toReversed() : values;
  return { x: x!, y: y!, crs: code ? `EPSG:${code}` : null };
}

/** Whether two numbers can be longitude and latitude. */
export function areDegrees({ x, y }: WrittenPosition): boolean {
  return Math.abs(x) <= 180 && Math.abs(y) <= 90;
}
