import { describe, expect, it } from 'vitest';
import { pathLength, ringArea, type LonLat } from './geodesy.ts';

describe('measuring on the ellipsoid', () => {
  it('finds the quarter meridian of CGCS2000, 10 001 965.729 m', () => {
    expect(
      pathLength([
        [113, 0],
        [113, 90],
      ]),
    ).toBeCloseTo(10_001_965.729, 2);
  });

  it('adds up along a path', () => {
    const points: LonLat[] = [
      [113, 28],
      [113.01, 28],
      [113.01, 28.01],
    ];
    expect(pathLength(points)).toBeCloseTo(pathLength(points.slice(0, 2)) + pathLength(points.slice(1)), 9);
  });

  it('finds an octant of the ellipsoid, whichever way the ring turns', () => {
    const octant: LonLat[] = [
      [0, 0],
      [90, 0],
      [0, 90],
    ];
    const eighth = 510_065_621_718_491.4 / 8;
    expect(ringArea(octant) / eighth).toBeCloseTo(1, 9);
    expect(ringArea(octant.toReversed()) / eighth).toBeCloseTo(1, 9);
  });

  it('finds no area in fewer than three points', () => {
    expect(
      ringArea([
        [113, 28],
        [113.01, 28],
      ]),
    ).toBe(0);
  });
});
