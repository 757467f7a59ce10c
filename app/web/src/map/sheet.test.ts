import { afterEach, describe, expect, it, vi } from 'vitest';
import { drawSheet, sheetSize, type Sheet } from './sheet.ts';

interface Call {
  name: string;
  arguments: unknown[];
  fillStyle: unknown;
}

/** A canvas that notes what is drawn on it. */
function recorder(): Call[] {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (target, name: string) =>
      name in target
        ? target[name]
        : (...given: unknown[]) => calls.push({ name, arguments: given, fillStyle: target.fillStyle }),
    set: (target, name: string, value) => Boolean((target[name] = value)) || true,
  });
  vi.stubGlobal('document', { createElement: () => ({ getContext: () => context }) });
  return calls;
}

const SHEET: Sheet = {
  title: '示例区现状',
  map: { width: 1600, height: 1200 } as unknown as ImageBitmap,
  pixelRatio: 2,
  scale: { metres: 500, pixels: 120, label: '500 m' },
  legendHeading: 'Legend',
  legend: [
    { title: 'Parcels', entries: [{ label: 'Housing', fill: '#ffff00', outline: '#999900', tint: 1, hatch: null }] },
    {
      title: 'Red line',
      entries: [{ label: 'Core', fill: '#ff0000', outline: '#990000', tint: 1, hatch: 'diagonal' }],
    },
  ],
  north: 'N',
  notes: ['2026-06-30'],
  reference: ['1:10,000', 'EPSG:4490'],
};

afterEach(() => vi.unstubAllGlobals());

describe('the sheet of a view', () => {
  it('has title, legend, north arrow, scale and what a reader of paper must know', () => {
    const calls = recorder();
    drawSheet(SHEET);
    const written = calls.filter(({ name }) => name === 'fillText').map((call) => call.arguments[0]);
    const expected = ['示例区现状', 'Legend', 'Parcels', 'Housing', 'Red line', 'Core', 'N', '500 m', '2026-06-30'];
    expect(written).toEqual(expect.arrayContaining([...expected, '1:10,000   EPSG:4490']));
    const swatches = calls.filter(({ name, arguments: given }) => name === 'fillRect' && given[2] === 24);
    expect(swatches.map(({ fillStyle }) => fillStyle)).toEqual(['#ffff00', '#ff0000']);
  });

  it('draws the scale bar as long as it says, beside the map and not on it', () => {
    const calls = recorder();
    drawSheet(SHEET);
    const [width, height] = sheetSize(800, 600);
    const points = calls.filter(({ name }) => name === 'lineTo').map((call) => call.arguments as [number, number]);
    const below = points.filter(([, y]) => y > 600 + 54 && y < height);
    expect(Math.max(...below.map(([x]) => x)) - Math.min(...below.map(([x]) => x))).toBe(120);
    const legend = calls.find(({ name, arguments: given }) => name === 'fillText' && given[0] === 'Legend')!;
    expect(legend.arguments[1]).toBeGreaterThan(800);
    expect(legend.arguments[1]).toBeLessThan(width);
  });

  it('says that a legend goes on where it has no room for more', () => {
    const calls = recorder();
    const entries = Array.from({ length: 60 }, (_, at) => ({ ...SHEET.legend[0]!.entries[0]!, label: `class ${at}` }));
    drawSheet({ ...SHEET, legend: [{ title: 'Parcels', entries }] });
    const written = calls.filter(({ name }) => name === 'fillText').map((call) => call.arguments[0]);
    expect(written.at(-1)).toBe('…');
    expect(written).not.toContain('class 59');
  });
});
