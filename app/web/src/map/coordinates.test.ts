import { describe, expect, it } from 'vitest';
import { areDegrees, readCoordinates } from './coordinates.ts';

describe('written coordinates', () => {
  it.each([
    ['113.08, 28.24', { x: 113.08, y: 28.24, crs: null }],
    ['113.08 28.24', { x: 113.08, y: 28.24, crs: null }],
    ['113.08，28.24', { x: 113.08, y: 28.24, crs: null }],
    ['28.24N 113.08E', { x: 113.08, y: 28.24, crs: null }],
    ['0.119°W, 52.2°N', { x: -0.119, y: 52.2, crs: null }],
    ['409706.210, 3125381.910 EPSG:4547', { x: 409706.21, y: 3125381.91, crs: 'EPSG:4547' }],
    ['409706 3125381 epsg 4547', { x: 409706, y: 3125381, crs: 'EPSG:4547' }],
  ])('%s', (text, expected) => expect(readCoordinates(text)).toEqual(expected));

  it.each(['4301212011000', '居住用地', '113.08', '1 2 3', '长沙 113.08, 28.24', ''])('are not in %j', (text) =>
    expect(readCoordinates(text)).toBeNull(),
  );

  it('are degrees only within the globe', () => {
    expect(areDegrees({ x: 113, y: 28, crs: null })).toBe(true);
    expect(areDegrees({ x: 409706, y: 3125381, crs: null })).toBe(false);
  });
});
