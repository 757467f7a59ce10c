/** Whether a layer is known at a point. */

import type { Geometry, Position } from 'geojson';

export type Knowledge = 'known' | 'unknown' | 'unstated';

/** What a stated coverage says of a point; without one nobody has said where the layer is known. */
export function knowledgeAt(coverage: Geometry | null, longitude: number, latitude: number): Knowledge {
  if (coverage === null) return 'unstated';
  return contains(coverage, longitude, latitude) ? 'known' : 'unknown';
}

function contains(geometry: Geometry, x: number, y: number): boolean {
  if (geometry.type === 'Polygon') return isWithin(geometry.coordinates, x, y);
  if (geometry.type === 'MultiPolygon') return geometry.coordinates.some((rings) => isWithin(rings, x, y));
  return geometry.type === 'GeometryCollection' && geometry.geometries.some((part) => contains(part, x, y));
}

/** Even-odd over all rings, so that a hole counts as outside. */
function isWithin(rings: readonly Position[][], x: number, y: number): boolean {
  let isInside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [xi, yi] = ring[i] as [number, number];
      const [xj, yj] = ring[j] as [number, number];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) isInside = !isInside;
    }
  }
  return isInside;
}
