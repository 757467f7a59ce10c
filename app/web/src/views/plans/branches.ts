/** What-if branches, and their patches on the map. */

import type { FeatureCollection } from 'geojson';
import type { Schema } from '../../api/schema.ts';
import type { Overlay } from '../../map/controller.ts';

export type Branch = Schema<'PlanBranchAnswer'>;
export type BranchPage = Schema<'PlanBranchList'>;
/** How many patches there are of each class. */
export type Counted = Readonly<Record<string, Schema<'CountedPatches'>>>;

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
