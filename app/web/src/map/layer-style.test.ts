import { expression } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import type { CollectionInfo, CollectionKind, Legend } from '../api/types.ts';
import { hatchImageId } from './hatch.ts';
import { isShownByDefault, nameText, opacityPaint, sortForDrawing, styleLayers } from './layer-style.ts';

function collection(id: string, kind: CollectionKind, controlKind: string | null = null): CollectionInfo {
  const duogui = { kind, control_kind: controlKind, title_zh: id, title_en: id, geometry: 'polygon', feature_count: 1 };
  return { id, title: id, duogui } as CollectionInfo;
}

function legend(property: string | null, ...values: [string, string][]): Legend {
  const entry = (fill: string) => ({ label_zh: '', label_en: '', fill, outline: fill, hatch: null });
  return { property, entries: values.map(([value, fill]) => ({ value, ...entry(fill) })), default: entry('#999999') };
}

function colourOf(info: CollectionInfo, of: Legend, properties: Record<string, unknown>): string {
  const fill = styleLayers(info, of).find(({ id }) => id.endsWith(':fill'));
  const colour = (fill?.paint as Record<string, unknown>)['fill-color'];
  const compiled = expression.createExpression(colour, 'fill-color');
  if (compiled.result === 'error') throw new Error(compiled.value.map(({ message }) => message).join());
  return String(compiled.value.evaluate({ zoom: 14 }, { type: 'Polygon', properties }));
}

describe('the style of a collection', () => {
  const findings = collection('findings', 'finding');
  const verdicts = legend('verdict', ['DENY', '#ff0000'], ['WARN', '#ffff00']);

  it('colours each feature as the legend says, and by its default where it says nothing', () => {
    expect(colourOf(findings, verdicts, { verdict: 'DENY' })).toBe('#ff0000');
    expect(colourOf(findings, verdicts, { verdict: 'NEW' })).toBe('#999999');
    expect(colourOf(findings, verdicts, {})).toBe('#999999');
  });

  it('compares a numeric property with the legend as text', () => {
    expect(colourOf(findings, legend('code', ['12', '#00ff00']), { code: 12 })).toBe('#00ff00');
  });

  it('survives a legend that lists a value twice or none at all', () => {
    expect(colourOf(findings, legend('code', ['1', '#000001'], ['1', '#000002']), { code: '1' })).toBe('#000002');
    expect(colourOf(findings, legend('code'), { code: '1' })).toBe('#999999');
  });

  it('hatches hard lines, each kind in its own way', () => {
    const hatchLayers = ['ecological_redline', 'permanent_basic_farmland', 'functional_zone'].map((kind) =>
      styleLayers(collection(kind, 'control_area', kind), legend(null)).find(({ id }) => id.endsWith(':hatch')),
    );
    const patterns = hatchLayers.map((layer) => (layer?.paint as Record<string, unknown>)['fill-pattern']);
    expect(new Set(patterns.map(String)).size).toBe(3);
    expect(patterns[0]).toContain(hatchImageId('diagonal', '#999999'));
  });

  it('needs the same programs of a graphics card whether a legend chooses or not', () => {
    const line = collection('p', 'parcel');
    for (const of of [legend(null), legend('code'), legend('code', ['1', '#000001'])]) {
      const paints = styleLayers(line, of).map(({ paint }) => paint as Record<string, unknown>);
      expect(paints[0]!['fill-color']).toBeInstanceOf(Array);
      expect(paints[1]!['line-color']).toBeInstanceOf(Array);
    }
  });

  it('gives each class of difference a symbol of its own, and none to what has none', () => {
    const classes = legend('conflict_class', ['conflict', '#e4572e'], ['gap', '#8f8f9c'], ['agreed', '#cfe3c3']);
    classes.entries[0]!.hatch = 'diagonal';
    classes.entries[1]!.hatch = 'dots';
    const hatch = styleLayers(collection('p', 'plan_patch'), classes).find(({ id }) => id === 'p:hatch');
    const { filter, paint } = hatch as unknown as { filter: unknown[]; paint: Record<string, unknown[]> };
    expect(filter[2]).toEqual(['literal', ['conflict', 'gap']]);
    expect(paint['fill-pattern']).toContain(hatchImageId('diagonal', '#e4572e'));
    expect(paint['fill-pattern']).toContain(hatchImageId('dots', '#8f8f9c'));
    const plain = styleLayers(collection('p', 'plan_patch'), legend('conflict_class', ['conflict', '#e4572e']));
    expect(plain.map(({ id }) => id)).toEqual(['p:fill', 'p:line']);
  });

  it('draws the urban development boundary as a broken line without a hatch', () => {
    const layers = styleLayers(collection('u', 'control_area', 'urban_development_boundary'), legend(null));
    expect(layers.map(({ id }) => id)).toEqual(['u:fill', 'u:line', 'u:label']);
    expect(layers[1]!.paint).toHaveProperty('line-dasharray');
  });

  it('reads every layer from the tile layer that is named like the collection', () => {
    const drawn = styleLayers(collection('p', 'parcel'), legend(null)).filter(({ type }) => type !== 'symbol');
    expect(drawn).toHaveLength(2);
    for (const layer of drawn) expect(layer).toMatchObject({ source: 'p', 'source-layer': 'p' });
  });

  it('writes names from a source of their own, a long parcel code by its end', () => {
    const names = styleLayers(collection('p', 'parcel'), legend(null)).find(({ type }) => type === 'symbol');
    expect(names).toMatchObject({ id: 'p:label', source: 'p:names', layout: { 'text-field': ['get', 'name'] } });
    expect(nameText('parcel_code', '430104001001GB00001')).toBe('GB00001');
    expect(nameText('parcel_code', 'A-1')).toBe('A-1');
    expect(nameText('zone_code', 1234567890123456789n)).toHaveLength(19);
    expect(nameText('parcel_code', null)).toBe('');
  });

  it('draws points of layers that have their own fields, with the opacity of the whole', () => {
    const info = collection('v', 'vector');
    const layers = styleLayers(info, legend(null));
    expect(layers.map(({ type }) => type)).toEqual(['fill', 'line', 'circle']);
    const circle = layers[2]!;
    const [property, full] = opacityPaint(info, 'circle', circle.id, 1)!;
    expect(circle.paint).toHaveProperty(property, full);
    expect(opacityPaint(info, 'circle', circle.id, 0.5)).toEqual([property, full / 2]);
  });

  it('takes the opacity of the whole into each part', () => {
    const info = collection('p', 'parcel');
    const [fill] = styleLayers(info, legend(null));
    const full = (fill!.paint as Record<string, number>)['fill-opacity']!;
    expect(opacityPaint(info, 'fill', fill!.id, 0.5)).toEqual(['fill-opacity', full / 2]);
    expect(opacityPaint(info, 'background', 'x', 0.5)).toBeNull();
  });
});

describe('the order of the layers', () => {
  it('puts results on hard lines on parcels on wide zones on plans on references', () => {
    const infos = [
      collection('findings', 'finding'),
      collection('redline', 'control_area', 'ecological_redline'),
      collection('idle', 'idle_case'),
      collection('patches', 'plan_patch'),
      collection('parcels', 'parcel'),
      collection('zones', 'control_area', 'functional_zone'),
      collection('plan', 'plan'),
      collection('roads', 'reference'),
      collection('wells', 'vector'),
    ];
    const sorted = sortForDrawing(infos.map((info) => ({ info }))).map(({ info }) => info.id);
    expect(sorted).toEqual(['roads', 'wells', 'plan', 'zones', 'parcels', 'redline', 'patches', 'idle', 'findings']);
    expect(infos.filter(isShownByDefault).map(({ id }) => id)).toEqual(['findings', 'redline', 'idle', 'parcels']);
  });
});
