/** Layers with their versions, and what changed between two of them. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Schema } from '../../api/schema.ts';

export type LayerVersion = Schema<'LayerVersionAnswer'>;
export type LayerInfo = Schema<'LayerAnswer'>;
export type LayerPage = Schema<'LayerList'>;
export type Change = Schema<'Change'>;
/** GeoJSON is a plain object in the OpenAPI document. */
export type FeatureChange = Omit<Schema<'FeatureChange'>, 'geometry'> & { geometry?: Geometry };
export type DiffPage = Omit<Schema<'VersionDiffPage'>, 'features'> & { features: FeatureChange[] };
export type ChangeCounts = Record<Change | 'unchanged', number>;

export const CHANGES = [
  'added',
  'removed',
  'geometry_changed',
  'attributes_changed',
] as const satisfies readonly Change[];

/** The fields that a version was imported with. */
export function mappingOf(version: LayerVersion | undefined): Record<string, string> | undefined {
  const options = version?.report.options as { map?: Record<string, string> } | undefined;
  return options?.map;
}

export const CHANGE_COLOURS: Record<Change, string> = {
  added: '#2e7d32',
  removed: '#b3261e',
  geometry_changed: '#c2570c',
  attributes_changed: '#0b5cad',
};

/** The version that a draft is compared with: the one in force, else the last one before it. */
export function formerVersion(layer: LayerInfo | undefined, number: number): number | null {
  if (!layer) return null;
  const before = layer.versions.filter((version) => version.number < number && version.status !== 'draft');
  const inForce = before.find((version) => version.number === layer.applies_today);
  return (inForce ?? before.toSorted((a, b) => b.number - a.number)[0])?.number ?? null;
}

export function changeFeatures(changes: readonly FeatureChange[], chosen: string | null): FeatureCollection {
  const features = changes
    .filter(({ geometry }) => geometry !== undefined)
    .map(({ feature_id, change, geometry }): Feature => ({
      type: 'Feature',
      geometry: geometry!,
      properties: { feature_id, change, colour: CHANGE_COLOURS[change], chosen: feature_id === chosen },
    }));
  return { type: 'FeatureCollection', features };
}
