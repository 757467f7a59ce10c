/** The map itself: the only module that talks to MapLibre. */

import {
  addProtocol,
  Map as MapLibreMap,
  removeProtocol,
  setWorkerUrl,
  type GeoJSONSource,
  type MapGeoJSONFeature,
  type PointLike,
  type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { FeatureCollection, Geometry } from 'geojson';
import type { ApiClient } from '../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../api/problem.ts';
import type { CollectionInfo, Legend, Properties, Tileset } from '../api/types.ts';
import type { MapPosition } from '../state/location-hash.ts';
import { boundsIntersect, extentBounds, tileBounds, type Bounds, type TileAddress } from './bounds.ts';
import { hatchImage, hatchImageId, hatchOf } from './hatch.ts';
import { opacityPaint, styleLayers } from './layer-style.ts';

setWorkerUrl(workerUrl);

/** A feature under the pointer, as its tile describes it. */
export interface MapHit {
  collectionId: string;
  featureId: string;
  properties: Properties;
}

export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface MapEvents {
  pick: (hits: MapHit[]) => void;
  move: () => void;
  point: (longitude: number, latitude: number) => void;
  /** A tile failed; `failed` of the collection's tiles now have. */
  tileProblem: (collectionId: string, problem: ApiProblem, failed: number) => void;
  /** None of a collection's failed tiles is in view any more, or all have been loaded after all. */
  tilesComplete: (collectionId: string) => void;
  mapProblem: (message: string) => void;
}

const TILE_SCHEME = 'duogui';
const HIGHLIGHTS = { parcel: 'selected-parcel', finding: 'selected-finding' } as const;
/** The names of all collections stand between these two layers: above what is drawn, below what is selected. */
const BELOW_NAMES = 'below-names';
const ABOVE_NAMES = `${HIGHLIGHTS.parcel}:casing`;
const NO_FEATURES: FeatureCollection = { type: 'FeatureCollection', features: [] };
/** How far from the pointer, in pixels, a thin finding is still hit. */
const PICK_TOLERANCE = 4;

export class MapController {
  readonly map: MapLibreMap;
  readonly #api: ApiClient;
  readonly #events: MapEvents;
  readonly #infos = new Map<string, CollectionInfo>();
  #pointerFrame = 0;
  readonly #failedTiles = new Map<string, Map<string, TileAddress>>();

  constructor(container: HTMLElement, api: ApiClient, position: MapPosition | null, events: MapEvents) {
    this.#api = api;
    this.#events = events;
    addProtocol(TILE_SCHEME, (request, abort) => this.#loadTile(request.url, abort));
    this.map = new MapLibreMap({
      container,
      style: {
        version: 8,
        sources: {},
        layers: [{ id: 'paper', type: 'background', paint: { 'background-color': '#f3f1ea' } }],
      },
      center: position ? [position.longitude, position.latitude] : [104, 35],
      zoom: position?.zoom ?? 3,
      minZoom: 2,
      maxZoom: 22,
      attributionControl: false,
      // North stays up: scale, graticule and screen agree at every moment.
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 120,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.#listen();
  }

  /** Resolves when layers may be added. */
  async ready(): Promise<void> {
    if (!this.map.isStyleLoaded()) await this.map.once('load');
    for (const source of Object.values(HIGHLIGHTS)) {
      this.map.addSource(source, { type: 'geojson', data: NO_FEATURES });
    }
    this.map.addLayer({ id: BELOW_NAMES, type: 'background', layout: { visibility: 'none' } });
    this.#addHighlightLayers();
  }

  destroy(): void {
    cancelAnimationFrame(this.#pointerFrame);
    this.map.remove();
    removeProtocol(TILE_SCHEME);
  }

  /** Draw a collection below the collections that `above` names, the lowest first. */
  addCollection(info: CollectionInfo, legend: Legend, tileset: Tileset, above: readonly string[]): void {
    const bounds = tileset.bounds ?? extentBounds(info.extent?.spatial?.bbox?.[0]);
    this.#infos.set(info.id, info);
    this.#addHatches(info, legend);
    this.map.addSource(info.id, {
      type: 'vector',
      tiles: [`${TILE_SCHEME}://${encodeURIComponent(info.id)}/{z}/{y}/{x}`],
      minzoom: tileset.minzoom ?? 0,
      maxzoom: tileset.maxzoom ?? 18,
      ...(bounds && { bounds }),
    });
    const next = above.find((id) => this.#infos.has(id));
    const before = (next && this.#layersOf(next)[0]?.id) ?? BELOW_NAMES;
    for (const layer of styleLayers(info, legend)) {
      this.map.addLayer(layer, layer.type === 'symbol' ? ABOVE_NAMES : before);
    }
  }

  setVisible(collectionId: string, isVisible: boolean): void {
    for (const { id } of this.#layersOf(collectionId)) {
      this.map.setLayoutProperty(id, 'visibility', isVisible ? 'visible' : 'none');
    }
  }

  setOpacity(collectionId: string, opacity: number): void {
    const info = this.#infos.get(collectionId);
    if (!info) return;
    for (const { id, type } of this.#layersOf(collectionId)) {
      const paint = opacityPaint(info, type, id, opacity);
      if (paint) this.map.setPaintProperty(id, paint[0] as 'fill-opacity', paint[1]);
    }
  }

  /** Ask again for the tiles of a collection that failed. */
  retryTiles(collectionId: string): void {
    const failed = [...(this.#failedTiles.get(collectionId)?.values() ?? [])];
    this.#failedTiles.delete(collectionId);
    // Without a list of tiles MapLibre 6.17 would leave those that failed waiting for ever.
    if (failed.length > 0) this.map.refreshTiles(collectionId, failed);
  }

  highlight(which: keyof typeof HIGHLIGHTS, geometry: Geometry | null): void {
    const source = this.map.getSource<GeoJSONSource>(HIGHLIGHTS[which]);
    source?.setData(geometry ? { type: 'Feature', geometry, properties: {} } : NO_FEATURES);
  }

  /** Show a box in the part of the map that no panel covers. */
  fit(bounds: Bounds, insets: Insets, animate = true): void {
    const margin = 64;
    this.map.fitBounds(bounds, {
      padding: {
        top: insets.top + margin,
        right: insets.right + margin,
        bottom: insets.bottom + margin,
        left: insets.left + margin,
      },
      maxZoom: 18,
      animate,
      duration: 700,
    });
  }

  jumpTo({ longitude, latitude, zoom }: MapPosition): void {
    this.map.jumpTo({ center: [longitude, latitude], zoom });
  }

  position(): MapPosition {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), longitude: lng, latitude: lat };
  }

  #listen(): void {
    this.map.on('click', ({ point }) => this.#pick(point.x, point.y));
    this.map.on('move', () => this.#events.move());
    this.map.on('resize', () => this.#events.move());
    this.map.on('moveend', () => this.#forgetFailuresOutOfView());
    this.map.on('mousemove', ({ point, lngLat }) => {
      this.#events.point(lngLat.lng, lngLat.lat);
      this.#showPointer(point.x, point.y);
    });
    this.map.on('error', (event) => {
      // A tile's problem was reported, with the service's own words, when it was loaded.
      if (!('tile' in event)) this.#events.mapProblem(event.error.message);
    });
    this.map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      const { x, y } = this.map.project(this.map.getCenter());
      this.#pick(x, y);
    });
  }

  /** Show by the pointer whether there is something to click on; asked once a frame at most, and not in movement. */
  #showPointer(x: number, y: number): void {
    cancelAnimationFrame(this.#pointerFrame);
    this.#pointerFrame = requestAnimationFrame(() => {
      if (!this.map.isMoving()) this.map.getCanvas().style.cursor = this.#hitsAt(x, y).length ? 'pointer' : '';
    });
  }

  #pick(x: number, y: number): void {
    this.#events.pick(this.#hitsAt(x, y));
  }

  #hitsAt(x: number, y: number): MapHit[] {
    const fills = [...this.#infos.values()].flatMap((info) =>
      this.#layersOf(info.id).filter(({ type }) => type === 'fill'),
    );
    const isFinding = (id: string) => this.#infos.get(id)?.duogui.kind === 'finding';
    const box: [PointLike, PointLike] = [
      [x - PICK_TOLERANCE, y - PICK_TOLERANCE],
      [x + PICK_TOLERANCE, y + PICK_TOLERANCE],
    ];
    const near = fills.filter(({ source }) => isFinding(source)).map(({ id }) => id);
    const exact = fills.filter(({ source }) => !isFinding(source)).map(({ id }) => id);
    return uniqueHits([
      ...this.map.queryRenderedFeatures(box, { layers: near }),
      ...this.map.queryRenderedFeatures([x, y], { layers: exact }),
    ]);
  }

  #layersOf(collectionId: string): { id: string; type: string; source: string }[] {
    return this.map
      .getLayersOrder()
      .map((id) => this.map.getLayer(id))
      .filter((layer) => layer?.source === collectionId)
      .map((layer) => ({ id: layer!.id, type: layer!.type, source: collectionId }));
  }

  /** The page's own loader: it sends the key, and reports a failed tile (a 404 too) in the service's own words. */
  async #loadTile(url: string, abort: AbortController): Promise<{ data: ArrayBuffer }> {
    const [collection, z, y, x] = url.slice(`${TILE_SCHEME}://`.length).split('/');
    const collectionId = decodeURIComponent(collection ?? '');
    const address = { z: Number(z), x: Number(x), y: Number(y) };
    try {
      const data = await this.#api.tile(collectionId, address.z, address.y, address.x, abort.signal);
      this.#forgetFailure(collectionId, url);
      return { data };
    } catch (error) {
      if (!isAbort(error)) {
        const failed = this.#failedTiles.get(collectionId) ?? new Map<string, TileAddress>();
        this.#failedTiles.set(collectionId, failed.set(url, address));
        this.#events.tileProblem(collectionId, problemFromFailure(url, error), failed.size);
      }
      throw error;
    }
  }

  #forgetFailure(collectionId: string, url: string): void {
    const failed = this.#failedTiles.get(collectionId);
    if (!failed?.delete(url) || failed.size > 0) return;
    this.#failedTiles.delete(collectionId);
    this.#events.tilesComplete(collectionId);
  }

  /** A tile that left the view is asked for anew when it comes back. */
  #forgetFailuresOutOfView(): void {
    const [[west, south], [east, north]] = this.map.getBounds().toArray();
    const view: Bounds = [west, south, east, north];
    for (const [collectionId, failed] of this.#failedTiles) {
      const { minzoom = 0, maxzoom = 22 } = this.map.getSource<VectorTileSource>(collectionId) ?? {};
      const zoom = Math.min(Math.max(Math.floor(this.map.getZoom()), minzoom), maxzoom);
      for (const [url, address] of failed) {
        if (address.z !== zoom || !boundsIntersect(tileBounds(address), view)) this.#forgetFailure(collectionId, url);
      }
    }
  }

  /** The hatches are there before the layer that needs them: a tile drawn without one would keep its gap. */
  #addHatches(info: CollectionInfo, legend: Legend): void {
    const pixelRatio = Math.max(1, Math.round(window.devicePixelRatio));
    for (const entry of [...legend.entries, legend.default]) {
      const kind = hatchOf(info.duogui.control_kind, entry);
      if (!kind) continue;
      const { outline } = entry;
      const id = hatchImageId(kind, outline);
      if (!this.map.hasImage(id)) this.map.addImage(id, hatchImage(kind, outline, pixelRatio), { pixelRatio });
    }
  }

  #addHighlightLayers(): void {
    const { parcel, finding } = HIGHLIGHTS;
    const layout = { 'line-join': 'round' } as const;
    const width = (pixels: number) => ({ 'line-width': pixels });
    const lines = [
      { id: ABOVE_NAMES, source: parcel, paint: { 'line-color': '#ffffff', ...width(6) } },
      { id: `${parcel}:line`, source: parcel, paint: { 'line-color': '#0b3c3f', ...width(2.6) } },
      { id: `${finding}:casing`, source: finding, paint: { 'line-color': '#ffffff', ...width(5) } },
      { id: `${finding}:line`, source: finding, paint: { 'line-color': '#111111', ...width(1.8) } },
    ];
    for (const line of lines) this.map.addLayer({ ...line, type: 'line', layout });
  }
}

/** Tiles overlap a little and layers share a source: each feature counts once. */
function uniqueHits(features: readonly MapGeoJSONFeature[]): MapHit[] {
  const hits = new Map<string, MapHit>();
  for (const { source, id, properties } of features) {
    const featureId = String(properties.feature_id ?? id ?? '');
    const key = `${source}/${featureId}`;
    if (!hits.has(key)) hits.set(key, { collectionId: source, featureId, properties: { ...properties } });
  }
  return [...hits.values()];
}
