import { describe, expect, it } from 'vitest';
import { createAreaFormat, toHectares, toMu } from './numbers.ts';

const format = createAreaFormat('en-GB');

describe('areas', () => {
  it('convert to hectares and mu', () => {
    expect(toHectares(15_000)).toBe(1.5);
    expect(toMu(2000)).toBe(3);
    expect(format.mu(toMu(666.6666666667))).toBe('1.00');
  });

  it('are rounded half up, with all their decimals', () => {
    expect(format.squareMetres(1234.125)).toBe('1,234.13');
    expect(format.squareMetres(0.5)).toBe('0.50');
    expect(format.hectares(0.00005)).toBe('0.0001');
  });

  it('show the sign of a difference', () => {
    expect(format.difference(2)).toBe('+2.00');
    expect(format.difference(-2)).toBe('-2.00');
    expect(format.difference(0)).toBe('0.00');
  });
});

describe('shares', () => {
  it('are percentages', () => {
    expect(format.share(0.163149)).toBe('16.31%');
    expect(format.share(1)).toBe('100.00%');
    expect(format.share(0)).toBe('0.00%');
  });

  it('never make a part read as all or as nothing', () => {
    expect(format.share(0.999996)).toBe('> 99.99%');
    expect(format.share(0.0000001)).toBe('< 0.01%');
  });
});
