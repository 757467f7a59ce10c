/** What-if branches: free-form answers of the service, and their patches on the map. */

import type { FeatureCollection } from 'geojson';
import type { Overlay } from '../../map/controller.ts';
import type { ComputedAgain, Named } from './answers.ts';

export interface Change {
  before: number;
  after: number;
  change: number;
}

/** How many patches there are of each class. */
export type Counted = Readonly<Record<string, { count: number; area_m2: number }>>;

export interface Branch {
  plan_branch_id: number;
  plan_comparison_id: number;
  layer: string;
  version: number;
  status: string;
  is_stale: boolean;
  opened_at: string;
  opened_by: string;
  delta: {
    classes: (Named & { class: string; area_m2: Change })[];
    lines: (Named & { line: string; conflict_m2?: Change; construction_in_a_plan_m2?: Change; touched_m2?: Change })[];
    patches: { gone: Counted; come: Counted };
    computed_again?: ComputedAgain | null;
    parcels: { count: number; listed: { layer: string; feature_id: string; parcel_code: string | null }[] };
  } | null;
}

export const BRANCH_OVERLAY = 'plan-branch';

/** Gone patches are grey and broken, those that come are red. */
export function branchOverlay(data: FeatureCollection): Overlay {
  const isCome = ['==', ['get', 'change'], 'come'] as never;
  return {
    sources: { patches: { type: 'geojson', data } },
    layers: [
      {
        id: 'fill',
        type: 'fill',
        source: 'patches',
        paint: { 'fill-color': ['case', isCome, '#b3261e', '#5f6b6c'] as never, 'fill-opacity': 0.4 },
      },
      {
        id: 'line',
        type: 'line',
        source: 'patches',
        paint: { 'line-color': ['case', isCome, '#8c1d14', '#3d4748'] as never, 'line-width': 2 },
      },
    ],
  };
}

export function sumOf(counts: Counted): number {
  return Object.values(counts).reduce((sum, { count }) => sum + count, 0);
}
