/** Boxes around geometries: [west, south, east, north] in degrees. */

import type { Geometry, Position } from 'geojson';

export type Bounds = [number, number, number, number];

export function geometryBounds(geometry: Geometry | null): Bounds | null {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  if (geometry) extend(bounds, geometry);
  return bounds[0] <= bounds[2] ? bounds : null;
}

export function unionBounds(boxes: readonly (Bounds | null)[]): Bounds | null {
  const present = boxes.filter((box) => box !== null);
  if (present.length === 0) return null;
  return [
    Math.min(...present.map((box) => box[0])),
    Math.min(...present.map((box) => box[1])),
    Math.max(...present.map((box) => box[2])),
    Math.max(...present.map((box) => box[3])),
  ];
}

/** A collection's extent; a box with heights (six numbers) loses them. */
export function extentBounds(bbox: readonly number[] | undefined): Bounds | null {
  const corners = bbox?.length === 6 ? [bbox[0], bbox[1], bbox[3], bbox[4]] : bbox;
  return corners?.length === 4 && corners.every((value) => Number.isFinite(value)) ? (corners as Bounds) : null;
}

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

/** The box of a Web Mercator tile. */
export function tileBounds({ z, x, y }: TileAddress): Bounds {
  const tiles = 2 ** z;
  const latitude = (row: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / tiles))) * 180) / Math.PI;
  return [(x / tiles) * 360 - 180, latitude(y + 1), ((x + 1) / tiles) * 360 - 180, latitude(y)];
}

export function boundsIntersect(a: Bounds, b: Bounds): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

function extend(bounds: Bounds, geometry: Geometry): void {
  if (geometry.type === 'GeometryCollection') {
    for (const member of geometry.geometries) extend(bounds, member);
    return;
  }
  for (const position of positions(geometry.coordinates)) {
    const [x, y] = position as [number, number];
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
}

type Coordinates = Position | Coordinates[];

function* positions(coordinates: Coordinates): Generator<Position> {
  if (typeof coordinates[0] === 'number') yield coordinates as Position;
  else for (const part of coordinates as Coordinates[]) yield* positions(part);
}
