/** Layers with their versions, and what changed between two of them: free-form answers of the service. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Link } from '../../api/types.ts';

export interface LayerVersion {
  number: number;
  status: 'draft' | 'in_force' | 'archived';
  valid_from: string | null;
  valid_to: string | null;
  approval_no: string | null;
  source_name: string | null;
  source_crs: string | null;
  recorded_at: string;
  recorded_by: string;
  published_at: string | null;
  read: number;
  accepted: number;
  repaired: number;
  rejected: number;
  /** How it was imported. */
  report?: { options?: { map?: Record<string, string> } } | null;
}

export interface LayerInfo {
  slug: string;
  kind: string;
  control_kind: string | null;
  title_zh: string;
  title_en: string;
  mandatory: boolean;
  applies_today: number | null;
  newest_draft: number | null;
  versions: LayerVersion[];
}

export const CHANGES = ['added', 'removed', 'geometry_changed', 'attributes_changed'] as const;
export type Change = (typeof CHANGES)[number];

export interface FeatureChange {
  feature_id: string;
  change: Change;
  attributes: string[];
  moved_m: number | null;
  area_before_m2: number | null;
  area_after_m2: number | null;
  geometry?: Geometry;
}

export type ChangeCounts = Record<Change | 'unchanged', number>;

export interface DiffPage extends Partial<ChangeCounts> {
  features: FeatureChange[];
  links: Link[];
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
