import type { Position } from 'geojson';
import { describe, expect, it } from 'vitest';
import { namePoints, pointWithin, type Piece } from './names.ts';

function box(west: number, south: number, east: number, north: number): Position[][] {
  return [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ];
}

function piece(id: string, coordinates: Position[][], name = id): Piece {
  return { id, name, geometry: { type: 'Polygon', coordinates } };
}

describe('the names of features', () => {
  it('are written once for each, in the largest of its pieces', () => {
    const { features } = namePoints([
      piece('a', box(0, 0, 1, 1)),
      piece('b', box(5, 5, 6, 6)),
      piece('a', box(1, 0, 4, 1)),
    ]);
    expect(features.map(({ properties }) => properties?.name)).toEqual(['a', 'b']);
    expect(features[0]?.geometry.coordinates).toEqual([2.5, 0.5]);
  });

  it('stay the same whichever tile comes first', () => {
    const pieces = [piece('a', box(0, 0, 1, 1)), piece('b', box(1, 0, 2, 1)), piece('a', box(0, 1, 1, 3))];
    expect(namePoints(pieces.toReversed())).toEqual(namePoints(pieces));
  });

  it('take one part of a feature of several', () => {
    const parts = { type: 'MultiPolygon' as const, coordinates: [box(0, 0, 1, 1), box(2, 0, 9, 1)] };
    expect(namePoints([{ id: 'a', name: 'a', geometry: parts }]).features).toHaveLength(1);
  });

  it('are left out where there is none, and of what has no area', () => {
    const line = { type: 'LineString' as const, coordinates: box(0, 0, 1, 1)[0]! };
    expect(namePoints([piece('a', box(0, 0, 1, 1), ''), { id: 'b', name: 'b', geometry: line }]).features).toEqual([]);
  });
});

describe('the place of a name', () => {
  it('lies inside, beside a hole and in the wider arm', () => {
    const withHole = [box(0, 0, 10, 10)[0]!, box(1, 1, 4, 9)[0]!];
    expect(pointWithin(withHole)).toEqual([7, 5]);
    const bay: Position[][] = [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [8, 10],
        [8, 2],
        [5, 2],
        [5, 10],
        [0, 10],
        [0, 0],
      ],
    ];
    expect(pointWithin(bay)).toEqual([2.5, 5]);
  });

  it('is none where there is no area', () => {
    expect(pointWithin([])).toBeNull();
    expect(pointWithin(box(0, 0, 5, 0))).toBeNull();
  });
});
