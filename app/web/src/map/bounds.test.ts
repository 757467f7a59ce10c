import { describe, expect, it } from 'vitest';
import { boundsIntersect, extentBounds, geometryBounds, tileBounds, unionBounds } from './bounds.ts';

const SQUARE = [
  [1, 2],
  [3, 2],
  [3, 5],
  [1, 2],
];

describe('boxes', () => {
  it('go around every part of a geometry', () => {
    const second = SQUARE.map(([x, y]) => [x! + 10, y! - 10]);
    expect(geometryBounds({ type: 'MultiPolygon', coordinates: [[SQUARE], [second]] })).toEqual([1, -8, 13, 5]);
    expect(
      geometryBounds({
        type: 'GeometryCollection',
        geometries: [
          { type: 'Point', coordinates: [0, 9] },
          { type: 'Polygon', coordinates: [SQUARE] },
        ],
      }),
    ).toEqual([0, 2, 3, 9]);
  });

  it('are null around nothing', () => {
    expect(geometryBounds(null)).toBeNull();
    expect(geometryBounds({ type: 'MultiPolygon', coordinates: [] })).toBeNull();
    expect(unionBounds([null, null])).toBeNull();
  });

  it('join', () => {
    expect(unionBounds([[0, 0, 1, 1], null, [5, -2, 6, 0]])).toEqual([0, -2, 6, 1]);
  });

  it('lose the heights of an extent in three dimensions', () => {
    expect(extentBounds([1, 2, -10, 3, 4, 500])).toEqual([1, 2, 3, 4]);
    expect(extentBounds([1, 2, 3])).toBeNull();
    expect(extentBounds(undefined)).toBeNull();
  });

  it('of tiles halve the world at each zoom', () => {
    const [west, south, east, north] = tileBounds({ z: 0, x: 0, y: 0 });
    expect([west, east]).toEqual([-180, 180]);
    expect(north).toBeCloseTo(85.0511288, 6);
    expect(south).toBeCloseTo(-85.0511288, 6);
    expect(tileBounds({ z: 1, x: 1, y: 0 })[0]).toBe(0);
    expect(tileBounds({ z: 1, x: 1, y: 0 })[1]).toBeCloseTo(0, 12);
  });

  it('meet at their edges', () => {
    expect(boundsIntersect([0, 0, 1, 1], [1, 1, 2, 2])).toBe(true);
    expect(boundsIntersect([0, 0, 1, 1], [1.1, 0, 2, 1])).toBe(false);
  });
});
