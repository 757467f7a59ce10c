/** What a delivery shows on the map: places of faults, and what changed between two versions. */

import type { FeatureCollection } from 'geojson';
import type { Tileset } from '../../api/types.ts';
import type { Overlay } from '../../map/controller.ts';
import { NO_FEATURES } from '../../map/features.ts';
import type { FaultFeature, Severity } from './report.ts';

export const FAULT_OVERLAY = 'delivery-faults';
export const DIFF_OVERLAY = 'version-diff';
export const DRAFT_OVERLAY = 'draft';
export const DRAFT_COLOUR = '#0f766e';

export const SEVERITY_COLOURS: Record<Severity, string> = { error: '#b3261e', warning: '#c27803', note: '#0b5cad' };

const COLOUR = ['get', 'colour'] as never;

/** Fill, line and point of one source whose features bring their colour; a chosen one has a black edge. */
function markedOverlay(source: string): Overlay {
  return {
    sources: { [source]: { type: 'geojson', data: NO_FEATURES } },
    layers: [
      { id: 'fill', type: 'fill', source, paint: { 'fill-color': COLOUR, 'fill-opacity': 0.35 } },
      { id: 'line', type: 'line', source, paint: { 'line-color': COLOUR, 'line-width': 2 } },
      {
        id: 'chosen',
        type: 'line',
        source,
        filter: ['==', ['get', 'chosen'], true],
        paint: { 'line-color': '#111111', 'line-width': 3.2 },
      },
      {
        id: 'point',
        type: 'circle',
        source,
        filter: ['==', ['geometry-type'], 'Point'],
        paint: {
          'circle-radius': 5,
          'circle-color': COLOUR,
          'circle-stroke-color': '#ffffff',
          'circle-stroke-width': 1.5,
        },
      },
    ],
  };
}

export function faultOverlay(): Overlay {
  return markedOverlay('faults');
}

export function diffOverlay(): Overlay {
  return markedOverlay('changes');
}

/** The features of a draft, whatever their kind: its layer may be new, and have no colours yet. */
export function draftOverlay(slug: string, tiles: string, { minzoom = 0, maxzoom = 18, bounds }: Tileset): Overlay {
  const from = { source: 'draft', 'source-layer': slug };
  return {
    sources: { draft: { type: 'vector', tiles: [tiles], minzoom, maxzoom, ...(bounds && { bounds }) } },
    layers: [
      { id: 'fill', type: 'fill', ...from, paint: { 'fill-color': DRAFT_COLOUR, 'fill-opacity': 0.18 } },
      { id: 'line', type: 'line', ...from, paint: { 'line-color': DRAFT_COLOUR, 'line-width': 1.2 } },
    ],
  };
}

export function faultPlaces(faults: readonly FaultFeature[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: faults.map(({ geometry, properties }) => ({
      type: 'Feature',
      geometry: geometry!,
      properties: { kind: properties.kind, colour: SEVERITY_COLOURS[properties.severity] },
    })),
  };
}
