import { describe, expect, it } from 'vitest';
import type { Polygon } from 'geojson';
import { knowledgeAt } from './coverage.ts';

const square = (from: number, to: number) => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
  [from, from],
];
const RING: Polygon = { type: 'Polygon', coordinates: [square(0, 10), square(4, 6)] };

describe('what a coverage says of a point', () => {
  it('is that the layer is known inside and unknown outside and in a hole', () => {
    expect(knowledgeAt(RING, 2, 2)).toBe('known');
    expect(knowledgeAt(RING, 5, 5)).toBe('unknown');
    expect(knowledgeAt(RING, 12, 5)).toBe('unknown');
  });

  it('looks at every part', () => {
    const two = { type: 'MultiPolygon' as const, coordinates: [RING.coordinates, [square(20, 30)]] };
    expect(knowledgeAt(two, 25, 25)).toBe('known');
  });

  it('is nothing where nobody stated one', () => expect(knowledgeAt(null, 5, 5)).toBe('unstated'));
});
