/** What of the page's state stands in the address, so that a link shows the same map: position, layers, parcel, list. */

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

export interface PageState {
  position: MapPosition | null;
  /** Ids of the layers that are shown; null leaves each layer's default. */
  layers: string[] | null;
  parcel: FeatureReference | null;
  tab: Tab;
}

const TABS: readonly string[] = ['layers', 'findings', 'idle'];

export function readHash(hash: string): PageState {
  const fields = new Map(
    hash
      .replace(/^#/, '')
      .split('&')
      .map((field) => field.split('=', 2) as [string, string | undefined]),
  );
  const layers = fields.get('layers');
  const tab = fields.get('tab') ?? '';
  return {
    position: readPosition(fields.get('map')),
    layers: layers === undefined ? null : layers.split(',').filter(Boolean).map(decode),
    parcel: readReference(fields.get('parcel')),
    tab: TABS.includes(tab) ? (tab as Tab) : 'layers',
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
