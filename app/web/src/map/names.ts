/** Where the names of features are written: each once, however many tiles its feature is cut into. */

import type { Feature, FeatureCollection, Geometry, Point, Position } from 'geojson';

/** What a tile has of a feature. */
export interface Piece {
  id: string;
  name: string;
  geometry: Geometry;
}

interface Place {
  name: string;
  size: number;
  polygon: readonly Position[][];
}

/** One point for each named feature of area, inside the largest of its pieces; the property `name` says what to write. */
export function namePoints(pieces: Iterable<Piece>): FeatureCollection<Point> {
  const places = new Map<string, Place>();
  for (const { id, name, geometry } of pieces) {
    if (name === '') continue;
    for (const polygon of polygonsOf(geometry)) {
      const size = Math.abs(ringArea(polygon[0] ?? []));
      if (size > (places.get(id)?.size ?? 0)) places.set(id, { name, size, polygon });
    }
  }
  const features: Feature<Point>[] = [];
  // In one order, so that which of two names gives way does not change with the order in which tiles come.
  for (const id of [...places.keys()].sort()) {
    const { name, polygon } = places.get(id)!;
    const coordinates = pointWithin(polygon);
    if (coordinates) features.push({ type: 'Feature', properties: { name }, geometry: { type: 'Point', coordinates } });
  }
  return { type: 'FeatureCollection', features };
}

function polygonsOf(geometry: Geometry): readonly Position[][][] {
  if (geometry.type === 'Polygon') return [geometry.coordinates];
  return geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
}

function ringArea(ring: readonly Position[]): number {
  let twice = 0;
  // From the first vertex, so that a small ring far from the origin loses no digits.
  const [x0, y0] = (ring[0] ?? [0, 0]) as [number, number];
  for (let i = 1; i < ring.length; i += 1) {
    const [xa, ya] = ring[i - 1] as [number, number];
    const [xb, yb] = ring[i] as [number, number];
    twice += (xa - x0) * (yb - y0) - (xb - x0) * (ya - y0);
  }
  return twice / 2;
}

/** The middle of the widest part of a polygon at half its height; null where it has no area there. */
export function pointWithin(polygon: readonly Position[][]): Position | null {
  const heights = (polygon[0] ?? []).map(([, y]) => y as number);
  if (heights.length === 0) return null;
  const y = (Math.min(...heights) + Math.max(...heights)) / 2;
  const crossings: number[] = [];
  for (const ring of polygon) {
    for (let i = 1; i < ring.length; i += 1) {
      const [xa, ya] = ring[i - 1] as [number, number];
      const [xb, yb] = ring[i] as [number, number];
      if (ya > y !== yb > y) crossings.push(xa + ((xb - xa) * (y - ya)) / (yb - ya));
    }
  }
  crossings.sort((a, b) => a - b);
  let best: [number, number] | null = null;
  for (let i = 1; i < crossings.length; i += 2) {
    const [from, to] = [crossings[i - 1]!, crossings[i]!];
    if (!best || to - from > best[1] - best[0]) best = [from, to];
  }
  return best && [(best[0] + best[1]) / 2, y];
}
