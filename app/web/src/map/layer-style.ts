/** How each collection is drawn: MapLibre layers made from the collection's kind and its legend. */

import type { DataDrivenPropertyValueSpecification, ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { CollectionInfo, CollectionKind, Legend, LegendEntry } from '../api/types.ts';
import { hatchImageId, hatchOf } from './hatch.ts';

type Colour = DataDrivenPropertyValueSpecification<string>;

interface KindStyle {
  fillOpacity: number;
  lineOpacity: number;
  /** Outline width in pixels at zoom 11 and at zoom 18. */
  lineWidth: [number, number];
  /** Lengths in line widths; an unbroken line where missing. */
  lineDash?: [number, number];
  /** The property written on the features, and from which zoom. */
  label: { property: string; minzoom: number } | null;
}

const KIND_STYLES: Record<CollectionKind, KindStyle> = {
  reference: {
    fillOpacity: 0.45,
    lineOpacity: 0.5,
    lineWidth: [0.3, 1],
    label: { property: 'feature_name', minzoom: 16 },
  },
  vector: { fillOpacity: 0.3, lineOpacity: 0.9, lineWidth: [1, 2], label: null },
  plan: { fillOpacity: 0.5, lineOpacity: 0.7, lineWidth: [0.4, 1.2], label: { property: 'zone_code', minzoom: 15 } },
  parcel: {
    fillOpacity: 0.28,
    lineOpacity: 0.6,
    lineWidth: [0.3, 1.3],
    label: { property: 'parcel_code', minzoom: 17 },
  },
  control_area: {
    fillOpacity: 0.07,
    lineOpacity: 1,
    lineWidth: [1.4, 2.8],
    label: { property: 'control_name', minzoom: 14 },
  },
  overlay_pair: { fillOpacity: 0.5, lineOpacity: 1, lineWidth: [0.8, 1.6], label: null },
  clearance_item: { fillOpacity: 0.5, lineOpacity: 1, lineWidth: [1, 1.8], label: null },
  plan_fault: { fillOpacity: 0.6, lineOpacity: 1, lineWidth: [1.4, 2.4], label: null },
  plan_cell: { fillOpacity: 0.4, lineOpacity: 0.8, lineWidth: [0.3, 0.8], label: null },
  plan_patch: { fillOpacity: 0.5, lineOpacity: 1, lineWidth: [0.8, 1.6], label: null },
  idle_case: { fillOpacity: 0.3, lineOpacity: 1, lineWidth: [1.6, 2.6], lineDash: [2.2, 1.2], label: null },
  land_finding: { fillOpacity: 0.35, lineOpacity: 1, lineWidth: [1.2, 2.2], label: null },
  finding: { fillOpacity: 0.55, lineOpacity: 1, lineWidth: [1.1, 1.8], label: null },
};

/** Control kinds that are known by a broken outline, as in the plans themselves. */
const DASH_BY_CONTROL_KIND: Readonly<Record<string, [number, number]>> = {
  urban_development_boundary: [4, 1.6],
  jurisdiction: [6, 2],
};

/** From the bottom of the map to its top. Wide zones lie under the parcels, hard lines and results above. */
function drawRank({ duogui }: CollectionInfo): number {
  const isWide = duogui.control_kind === 'functional_zone' || duogui.control_kind === 'land_use_control_zone';
  switch (duogui.kind) {
    case 'reference':
    case 'vector':
      return 0;
    case 'plan':
      return 1;
    case 'control_area':
      return isWide ? 2 : 4;
    case 'parcel':
      return 3;
    case 'plan_cell':
      return 2;
    case 'plan_patch':
      return 5;
    case 'plan_fault':
    case 'clearance_item':
    case 'overlay_pair':
    case 'idle_case':
    case 'land_finding':
      return 6;
    case 'finding':
      return 7;
  }
}

/** The collections in drawing order, the lowest first; within a rank as the service lists them. */
export function sortForDrawing<T extends { info: CollectionInfo }>(layers: readonly T[]): T[] {
  return [...layers].sort((a, b) => drawRank(a.info) - drawRank(b.info));
}

/** Whether a collection is shown before the reader has chosen: the parcels and what they are checked for. */
export function isShownByDefault({ duogui }: CollectionInfo): boolean {
  const isBackground = [
    'plan',
    'reference',
    'vector',
    'plan_patch',
    'plan_cell',
    'plan_fault',
    'clearance_item',
    'overlay_pair',
    'land_finding',
  ].includes(duogui.kind);
  return !isBackground && duogui.control_kind !== 'functional_zone';
}

export function layerId(collectionId: string, part: 'fill' | 'hatch' | 'line' | 'point' | 'label'): string {
  return `${collectionId}:${part}`;
}

/** The source of a collection's names, which stand in no tile. */
export function namesSource(collectionId: string): string {
  return `${collectionId}:names`;
}

/** What is written on the features of a collection, and from which zoom. */
export function labelOf({ duogui }: CollectionInfo): KindStyle['label'] {
  return KIND_STYLES[duogui.kind].label;
}

/** The text of a name: a 19-digit parcel code is shown by its last seven characters, the part that differs between neighbours. */
export function nameText(property: string, value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return property === 'parcel_code' && text.length === 19 ? text.slice(12) : text;
}

/**
 * The value chosen by the legend's property.
 *
 * Where there is nothing to choose it is an expression too: a colour for all features is drawn by another program than one by feature, and each
 * program that the graphics card has to make keeps the first map waiting.
 */
function matchLegend(legend: Legend, choose: (entry: Omit<LegendEntry, 'value'>) => string): Colour {
  const fallback = choose(legend.default);
  const branches = new Map(legend.entries.map((entry) => [entry.value, choose(entry)]));
  if (legend.property === null || branches.size === 0) return ['case', ['has', ''], fallback, fallback];
  // A property that is missing or a number compares as text, as the legend's values are.
  const value: ExpressionSpecification = ['to-string', ['get', legend.property]];
  return ['match', value, ...[...branches].flat(), fallback] as unknown as ExpressionSpecification;
}

function isOneOf(property: string, entries: LegendEntry[]): ExpressionSpecification {
  return ['in', ['to-string', ['get', property]], ['literal', entries.map(({ value }) => value)]];
}

function byZoom([low, high]: [number, number]): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], 11, low, 18, high];
}

/** The MapLibre layers of one collection, the lowest first, all with the collection's id as source. */
export function styleLayers(info: CollectionInfo, legend: Legend): LayerSpecification[] {
  const style = KIND_STYLES[info.duogui.kind];
  const source = { source: info.id, 'source-layer': info.id };
  const outline = matchLegend(legend, (entry) => entry.outline);
  const layers: LayerSpecification[] = [
    {
      ...source,
      id: layerId(info.id, 'fill'),
      type: 'fill',
      paint: { 'fill-color': matchLegend(legend, (entry) => entry.fill), 'fill-antialias': false },
    },
  ];
  const patternOf = (entry: Omit<LegendEntry, 'value'>): string | null => {
    const hatch = hatchOf(info.duogui.control_kind, entry);
    return hatch && hatchImageId(hatch, entry.outline);
  };
  const hatched = legend.entries.filter((entry) => patternOf(entry) !== null);
  if (hatched.length > 0 || patternOf(legend.default) !== null) {
    const every = patternOf(legend.default) !== null;
    layers.push({
      ...source,
      id: layerId(info.id, 'hatch'),
      type: 'fill',
      // A value without a hatch has no pattern to name, so its features are left out.
      ...(!every && legend.property !== null && { filter: isOneOf(legend.property, hatched) }),
      // Its edges are drawn by the lines.
      paint: { 'fill-pattern': matchLegend(legend, (entry) => patternOf(entry) ?? ''), 'fill-antialias': false },
    });
  }
  const dash = dashOf(info);
  layers.push({
    ...source,
    id: layerId(info.id, 'line'),
    type: 'line',
    layout: { 'line-join': 'round' },
    paint: { 'line-color': outline, 'line-width': byZoom(style.lineWidth), ...(dash && { 'line-dasharray': dash }) },
  });
  // Layers of a source's own fields may hold points; all others are areas.
  if (info.duogui.kind === 'vector') {
    layers.push({
      ...source,
      id: layerId(info.id, 'point'),
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': matchLegend(legend, (entry) => entry.fill), 'circle-radius': byZoom([2.5, 6]) },
    });
  }
  if (style.label) {
    layers.push({
      source: namesSource(info.id),
      id: layerId(info.id, 'label'),
      type: 'symbol',
      minzoom: style.label.minzoom,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif'],
        'text-size': 11.5,
        'text-padding': info.duogui.kind === 'control_area' ? 14 : 6,
        'text-max-width': 8,
      },
      paint: {
        'text-color': info.duogui.kind === 'control_area' ? outline : '#2b3a3c',
        'text-halo-color': '#ffffff',
        'text-halo-width': 1.4,
      },
    });
  }
  return layers.map((layer) => withOpacity(layer, info, 1));
}

export function fillOpacityOf({ duogui }: CollectionInfo): number {
  return KIND_STYLES[duogui.kind].fillOpacity;
}

export function isDashed(info: CollectionInfo): boolean {
  return dashOf(info) !== undefined;
}

function dashOf({ duogui }: CollectionInfo): [number, number] | undefined {
  return DASH_BY_CONTROL_KIND[duogui.control_kind ?? ''] ?? KIND_STYLES[duogui.kind].lineDash;
}

/** The opacity properties of each of a collection's layers, for an opacity of the whole of 0 to 1. */
export function opacityPaint(info: CollectionInfo, type: string, id: string, opacity: number): [string, number] | null {
  const style = KIND_STYLES[info.duogui.kind];
  if (type === 'line') return ['line-opacity', style.lineOpacity * opacity];
  if (type === 'symbol') return ['text-opacity', opacity];
  if (type === 'circle') return ['circle-opacity', style.lineOpacity * opacity];
  if (type !== 'fill') return null;
  return ['fill-opacity', (id === layerId(info.id, 'hatch') ? 0.8 : style.fillOpacity) * opacity];
}

function withOpacity(layer: LayerSpecification, info: CollectionInfo, opacity: number): LayerSpecification {
  const paint = opacityPaint(info, layer.type, layer.id, opacity);
  if (!paint) return layer;
  return { ...layer, paint: { ...layer.paint, [paint[0]]: paint[1] } } as LayerSpecification;
}
