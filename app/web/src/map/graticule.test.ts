import { describe, expect, it } from 'vitest';
import { chooseStep, degreesLabel, graticuleLines } from './graticule.ts';

const LONGITUDE: [string, string] = ['E', 'W'];

describe('the graticule', () => {
  it('takes the finest round step that keeps the number of lines', () => {
    expect(chooseStep(1, 10)).toBe(600);
    expect(chooseStep(1 / 60, 6)).toBe(10);
    expect(chooseStep(360, 6)).toBe(108_000);
  });

  it('draws lines at multiples of the step only', () => {
    const lines = graticuleLines(113.049, 113.101, 4, LONGITUDE);
    expect(lines.map(({ label }) => label)).toEqual(['113°03′E', '113°04′E', '113°05′E', '113°06′E']);
    expect(lines[1]!.degrees).toBeCloseTo(113 + 4 / 60, 12);
  });

  it('labels as finely as the step', () => {
    expect(degreesLabel(113 * 3600, 3600, LONGITUDE)).toBe('113°E');
    expect(degreesLabel(113 * 3600 + 245, 5, LONGITUDE)).toBe('113°04′05″E');
    expect(degreesLabel(-(3600 + 0.2), 0.1, LONGITUDE)).toBe('1°00′00.2″W');
    expect(degreesLabel(0, 3600, LONGITUDE)).toBe('0°');
  });

  it('carries seconds over into minutes', () => {
    expect(degreesLabel(59.96 + 60 * 59, 0.1, LONGITUDE)).toBe('1°00′00.0″E');
  });

  it('is empty where there is no span', () => {
    expect(graticuleLines(5, 5, 4, LONGITUDE)).toEqual([]);
    expect(graticuleLines(NaN, 5, 4, LONGITUDE)).toEqual([]);
  });
});
