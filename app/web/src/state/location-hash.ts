/**
 * What of the page's state stands in the address, so that a link shows the same: position, layers, parcel, list, the view
 * and what the view adds of its own.
 */

export interface MapPosition {
  zoom: number;
  longitude: number;
  latitude: number;
}

export interface FeatureReference {
  collectionId: string;
  featureId: string;
}

export type Tab = 'layers' | 'findings' | 'idle';

/** The page's views, in the order in which they are offered. */
export const VIEW_IDS = ['map', 'site-check', 'plans', 'idle', 'deliveries', 'dashboard', 'jobs'] as const;

export type ViewId = (typeof VIEW_IDS)[number];

/** Fields that a view adds; their names are the view's own, except those that the page itself uses. */
export type ViewFields = Readonly<Record<string, string>>;

/** What the one map keeps beside its layers, by name. */
export type MapFields = Partial<Readonly<Record<(typeof MAP_FIELDS)[number], string>>>;

const MAP_FIELDS = ['as-of', 'order', 'opacity', 'compare', 'compare-layers'] as const;

export interface PageState {
  position: MapPosition | null;
  /** Ids of the layers that are shown; null leaves each layer's default. */
  layers: string[] | null;
  parcel: FeatureReference | null;
  tab: Tab;
  view: ViewId;
  fields: ViewFields;
  mapFields: MapFields;
}

const TABS: readonly string[] = ['layers', 'findings', 'idle'];
const OWN_FIELDS: readonly string[] = ['map', 'layers', 'parcel', 'tab', 'view', ...MAP_FIELDS];

export function isViewId(text: string): text is ViewId {
  return (VIEW_IDS as readonly string[]).includes(text);
}

export function readHash(hash: string): PageState {
  const fields = new Map(
    hash
      .replace(/^#/, '')
      .split('&')
      .map((field) => field.split('=', 2) as [string, string | undefined]),
  );
  const layers = fields.get('layers');
  const tab = fields.get('tab') ?? '';
  const view = fields.get('view') ?? '';
  return {
    position: readPosition(fields.get('map')),
    layers: layers === undefined ? null : layers.split(',').filter(Boolean).map(decode),
    parcel: readReference(fields.get('parcel')),
    tab: TABS.includes(tab) ? (tab as Tab) : 'layers',
    view: isViewId(view) ? view : 'map',
    mapFields: Object.fromEntries(MAP_FIELDS.flatMap((name) => (fields.get(name) ? [[name, fields.get(name)!]] : []))),
    fields: Object.fromEntries(
      [...fields]
        .filter(([name, value]) => value !== undefined && !OWN_FIELDS.includes(name))
        .map(([name, value]) => [decode(name), decode(value!)]),
    ),
  };
}

export function writeHash(state: PageState): string {
  const fields: string[] = [];
  if (state.position) {
    const { zoom, longitude, latitude } = state.position;
    fields.push(`map=${round(zoom, 2)}/${round(latitude, 6)}/${round(longitude, 6)}`);
  }
  if (state.layers) fields.push(`layers=${state.layers.map(encodeURIComponent).join(',')}`);
  if (state.parcel) {
    const { collectionId, featureId } = state.parcel;
    fields.push(`parcel=${encodeURIComponent(collectionId)}/${encodeURIComponent(featureId)}`);
  }
  if (state.tab !== 'layers') fields.push(`tab=${state.tab}`);
  for (const [name, value] of Object.entries(state.mapFields)) fields.push(`${name}=${value}`);
  if (state.view !== 'map') fields.push(`view=${state.view}`);
  for (const [name, value] of Object.entries(state.fields)) {
    if (!OWN_FIELDS.includes(name)) fields.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  return `#${fields.join('&')}`;
}

function readPosition(field: string | undefined): MapPosition | null {
  const parts = field?.split('/') ?? [];
  const [zoom, latitude, longitude] = parts.map((part) => (part === '' ? NaN : Number(part)));
  if (parts.length !== 3 || zoom === undefined || latitude === undefined || longitude === undefined) return null;
  const isOnEarth = Math.abs(latitude) <= 85.051129 && Math.abs(longitude) <= 180 && zoom >= 0 && zoom <= 24;
  return isOnEarth ? { zoom, latitude, longitude } : null;
}

function readReference(field: string | undefined): FeatureReference | null {
  const [collectionId, featureId] = (field ?? '').split('/');
  return collectionId && featureId ? { collectionId: decode(collectionId), featureId: decode(featureId) } : null;
}

/** An address that somebody shortened or mistyped may hold a broken escape; it then stands for itself. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}
