/** The names that stand on the map: each once, in the largest part of its feature in view. */

import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';
import type { Geometry } from 'geojson';
import type { CollectionInfo } from '../api/types.ts';
import { NO_FEATURES } from './features.ts';
import { labelOf, layerId, namesSource, nameText } from './layer-style.ts';
import { namePoints, type Piece } from './names.ts';

export class WrittenNames {
  readonly #map: MapLibreMap;
  readonly #infos = new Map<string, CollectionInfo>();
  /** What is written of each collection, as text; a collection whose tiles have changed since is among the stale ones. */
  readonly #written = new Map<string, string>();
  readonly #stale = new Set<string>();

  constructor(map: MapLibreMap) {
    this.#map = map;
    map.on('moveend', () => {
      for (const id of this.#infos.keys()) this.#stale.add(id);
    });
    map.on('sourcedata', ({ sourceId }) => this.renew(sourceId));
    map.on('idle', () => this.write());
  }

  /** Make the source of a collection's names, which its layer of names draws; one without a name to write has none. */
  add(info: CollectionInfo): void {
    if (!labelOf(info)) return;
    this.#infos.set(info.id, info);
    this.#map.addSource(namesSource(info.id), { type: 'geojson', data: NO_FEATURES });
  }

  /** Take the source of a collection's names away; its layers must be gone. */
  remove(collectionId: string): void {
    if (!this.#infos.delete(collectionId)) return;
    this.#map.removeSource(namesSource(collectionId));
    this.#written.delete(collectionId);
    this.#stale.delete(collectionId);
  }

  /** Look at the names of a collection again the next time that names are written. */
  renew(collectionId: string): void {
    if (this.#infos.has(collectionId)) this.#stale.add(collectionId);
  }

  /** Write names anew where tiles have come or gone; tell whether any changed. */
  write(): boolean {
    let isChanged = false;
    for (const id of [...this.#stale]) {
      this.#stale.delete(id);
      const info = this.#infos.get(id);
      const label = info && labelOf(info);
      if (!label) continue;
      const isShown = this.#map.getLayoutProperty(layerId(id, 'label'), 'visibility') !== 'none';
      const names = namePoints(isShown && this.#map.getZoom() >= label.minzoom ? this.#pieces(id, label.property) : []);
      const text = JSON.stringify(names);
      if (text === (this.#written.get(id) ?? JSON.stringify(NO_FEATURES))) continue;
      this.#written.set(id, text);
      this.#map.getSource<GeoJSONSource>(namesSource(id))?.setData(names);
      isChanged = true;
    }
    return isChanged;
  }

  /** What the tiles in view have of the features of a collection. */
  *#pieces(collectionId: string, property: string): Iterable<Piece> {
    for (const feature of this.#map.querySourceFeatures(collectionId, { sourceLayer: collectionId })) {
      const { feature_id: featureId, [property]: value } = feature.properties;
      yield {
        id: String(featureId ?? feature.id ?? ''),
        name: nameText(property, value),
        geometry: feature.geometry as Geometry,
      };
    }
  }
}
