/** GeoJSON that every overlay begins with. */

import type { FeatureCollection } from 'geojson';

export const NO_FEATURES: FeatureCollection = { type: 'FeatureCollection', features: [] };
