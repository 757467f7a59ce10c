import { describe, expect, it } from 'vitest';
import { metresPerPixel, paperScale, scaleBar } from './scale.ts';

describe('the scale bar', () => {
  it('is a round length of at most the given width', () => {
    for (let zoom = 2; zoom <= 22; zoom += 0.37) {
      const { pixels, metres } = scaleBar(zoom, 28.24, 120);
      expect(pixels).toBeLessThanOrEqual(120);
      expect(pixels).toBeGreaterThan(120 / 2.6);
      expect(['1', '2', '5']).toContain(metres.toExponential(0)[0]);
    }
  });

  it('measures on the ground: at 60 degrees north a pixel is half as long as at the equator', () => {
    const equator = scaleBar(10, 0, 120);
    const north = scaleBar(10, 60, 120);
    expect(north.metres / north.pixels).toBeCloseTo(equator.metres / equator.pixels / 2, 9);
    expect(equator.metres / equator.pixels).toBeCloseTo(40_075_016.686 / 512 / 1024, 6);
  });

  it('names kilometres, metres and centimetres', () => {
    expect(scaleBar(10, 0, 120).label).toBe('5 km');
    expect(scaleBar(17, 28, 120).label).toBe('50 m');
    expect(scaleBar(24, 0, 120).label).toBe('50 cm');
  });
});

describe('the scale of a printed map', () => {
  it('is ground by paper: 10 m a pixel, printed 72 pixels to the inch, is 1:28,300', () => {
    expect(paperScale(10, 1)).toBe(28_300);
    expect(paperScale(10, 0.5)).toBe(56_700);
    expect(metresPerPixel(10, 0)).toBeCloseTo(40_075_016.686 / 512 / 1024, 6);
  });
});
