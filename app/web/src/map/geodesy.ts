/** Lengths and areas on the ellipsoid of CGCS2000, along geodesics (Karney 2013, doi:10.1007/s00190-012-0578-z). */

import geodesic from 'geographiclib-geodesic';

export type LonLat = readonly [number, number];

/** GB 22021-2008: semi-major axis in metres, and flattening. */
const CGCS2000 = new geodesic.Geodesic.Geodesic(6_378_137, 1 / 298.257222101);

/** The length in metres of a path through the points. */
export function pathLength(points: readonly LonLat[]): number {
  let metres = 0;
  for (let position = 1; position < points.length; position += 1) {
    const [from, to] = [points[position - 1]!, points[position]!];
    metres += CGCS2000.Inverse(from[1], from[0], to[1], to[0]).s12!;
  }
  return metres;
}

/** The area in square metres within the closed ring through the points, whichever way it turns; 0 for fewer than three. */
export function ringArea(points: readonly LonLat[]): number {
  if (points.length < 3) return 0;
  const polygon = CGCS2000.Polygon(false);
  for (const [longitude, latitude] of points) polygon.AddPoint(latitude, longitude);
  return Math.abs(polygon.Compute(false, true).area!);
}
