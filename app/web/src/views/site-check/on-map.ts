/** What a site check shows on the map: the land that is asked about, and where it is hit. */

import type { Feature, FeatureCollection, Geometry, Polygon } from 'geojson';
import type { Overlay } from '../../map/controller.ts';
import { NO_FEATURES } from '../../map/features.ts';
import type { Verdict } from '../../api/types.ts';
import type { Reason } from './reading.ts';

export const OVERLAY_ID = 'site-check';

/** The colours of the verdicts, as everywhere on the page. */
export const VERDICT_COLOURS: Record<Verdict, string> = {
  DENY: '#b3261e',
  REVIEW: '#c2570c',
  NO_DATA: '#6b4fa0',
  WARN: '#b58900',
  PASS: '#2e7d32',
};

const COLOUR = ['get', 'colour'];

/** The overlay with empty sources; their data come and go with the answer. */
export function siteOverlay(): Overlay {
  const geojson = { type: 'geojson' as const, data: NO_FEATURES };
  return {
    sources: { sites: geojson, hits: geojson },
    layers: [
      { id: 'hit-fill', type: 'fill', source: 'hits', paint: { 'fill-color': COLOUR as never, 'fill-opacity': 0.32 } },
      { id: 'hit-line', type: 'line', source: 'hits', paint: { 'line-color': COLOUR as never, 'line-width': 1.6 } },
      {
        id: 'hit-chosen',
        type: 'line',
        source: 'hits',
        filter: ['==', ['get', 'chosen'], true],
        paint: { 'line-color': '#111111', 'line-width': 3.2 },
      },
      {
        id: 'site-fill',
        type: 'fill',
        source: 'sites',
        paint: { 'fill-color': '#0b5cad', 'fill-opacity': 0.08 },
      },
      {
        id: 'site-casing',
        type: 'line',
        source: 'sites',
        layout: { 'line-join': 'round' },
        paint: { 'line-color': '#ffffff', 'line-width': 5 },
      },
      {
        id: 'site-line',
        type: 'line',
        source: 'sites',
        layout: { 'line-join': 'round' },
        paint: { 'line-color': '#0b3c8c', 'line-width': 2.6 },
      },
    ],
  };
}

export function siteFeatures(geometries: readonly Geometry[]): FeatureCollection {
  return { type: 'FeatureCollection', features: geometries.map((geometry) => feature(geometry, {})) };
}

/** Where a site is hit, the worst on top; a rule that is kept has nothing to show. */
export function hitFeatures(reasons: readonly Reason[], chosen: string | null): FeatureCollection {
  const features = reasons
    .filter(({ finding }) => finding.geometry !== null && finding.verdict !== 'PASS')
    .map(({ key, finding }) =>
      feature(finding.geometry!, {
        key,
        verdict: finding.verdict,
        colour: VERDICT_COLOURS[finding.verdict],
        chosen: key === chosen,
      }),
    );
  return { type: 'FeatureCollection', features: features.toReversed() };
}

function feature(geometry: Geometry, properties: Record<string, unknown>): Feature {
  return { type: 'Feature', geometry, properties };
}

/** The corners of a drawn polygon, without the one that closes the ring. */
export function cornerCount({ coordinates }: Polygon): number {
  return Math.max(0, (coordinates[0]?.length ?? 0) - 1);
}
