/** The map itself: the only module that talks to MapLibre. */

import {
  Map as MapLibreMap,
  prewarm,
  setWorkerUrl,
  type GeoJSONSource,
  type LayerSpecification,
  type MapGeoJSONFeature,
  type PointLike,
  type SourceSpecification,
  type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { GeoJSON, Geometry } from 'geojson';
import type { ApiClient } from '../api/client.ts';
import type { CollectionInfo, Legend, Properties, Tileset } from '../api/types.ts';
import type { MapPosition } from '../state/location-hash.ts';
import { boundsIntersect, extentBounds, tileBounds, type Bounds, type TileAddress } from './bounds.ts';
import { NO_FEATURES } from './features.ts';
import { hatchImage, hatchImageId, hatchOf } from './hatch.ts';
import { namesSource, opacityPaint, styleLayers } from './layer-style.ts';
import { TileLoader, type TileEvents } from './tile-loading.ts';
import { WrittenNames } from './written-names.ts';

setWorkerUrl(workerUrl);
// The worker starts while the page is being laid out, not only when the map asks for its first tile.
prewarm();

/** A feature under the pointer, as its tile describes it. */
export interface MapHit {
  collectionId: string;
  featureId: string;
  properties: Properties;
}

/** What a view draws on the map beside the collections. */
export interface Overlay {
  sources: Record<string, SourceSpecification>;
  /** The lowest first; each `source` is one of the names in `sources`. */
  layers: LayerSpecification[];
  /** Told of a click that hits one of the layers; the click then selects nothing else. */
  onClick?: (features: MapGeoJSONFeature[], point: { longitude: number; latitude: number }) => void;
}

export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface MapEvents extends TileEvents {
  pick: (hits: MapHit[], point: { longitude: number; latitude: number }) => void;
  move: () => void;
  point: (longitude: number, latitude: number) => void;
}

const HIGHLIGHTS = { parcel: 'selected-parcel', finding: 'selected-finding' } as const;
/** The names of all collections stand between these two layers: above what is drawn, below what is selected. */
const BELOW_NAMES = 'below-names';
const ABOVE_NAMES = `${HIGHLIGHTS.parcel}:casing`;
/** How far from the pointer, in pixels, what is thin is still hit. */
const PICK_TOLERANCE = 4;
/** Pixels around a box that is shown. */
const MARGIN = 64;
/** For how long a panel may grow after a box was shown. */
const GROWING_MS = 3000;
const SIDES = ['top', 'right', 'bottom', 'left'] as const;

export class MapController {
  readonly map: MapLibreMap;
  readonly #tiles: TileLoader;
  readonly #events: MapEvents;
  readonly #bounds = new Map<string, string>();
  readonly #infos = new Map<string, CollectionInfo>();
  readonly #overlays = new Map<string, Overlay>();
  readonly #names: WrittenNames;
  #capture: ((point: { longitude: number; latitude: number }) => void) | null = null;
  #pointerFrame = 0;
  /** The box that was shown last; null once the map has been moved otherwise. */
  #fitted: { bounds: Bounds; insets: Insets; hasRoom: boolean; at: number } | null = null;
  #isFitting = false;
  #asOf: string | null = null;
  readonly #hasStyle: Promise<unknown>;

  constructor(container: HTMLElement, api: ApiClient, position: MapPosition | null, events: MapEvents) {
    this.#tiles = new TileLoader(api, events, (collectionId, address) => this.#isInView(collectionId, address));
    this.#events = events;
    this.map = new MapLibreMap({
      container,
      // The ground where nothing is drawn is the page's own: to paint it is a program and a picture of the whole screen before anything else.
      style: { version: 8, sources: {}, layers: [] },
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
      // Pictures of a base map then come as images, and not by a fetch that the page's policy would have to allow to their host.
      refreshExpiredTiles: false,
    });
    // MapLibre 6.17 paints a sky below everything of every picture, also of a map that is never tilted.
    this.map.painter.drawFunctions.sky = () => {};
    this.#hasStyle = this.map.once('style.load');
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.#names = new WrittenNames(this.map);
    this.#listen();
  }

  /** Resolves when layers may be added. */
  async ready(): Promise<void> {
    // Not only at `load`, which waits for the first picture: what is to be drawn is asked for meanwhile.
    await this.#hasStyle;
    for (const source of Object.values(HIGHLIGHTS)) {
      this.map.addSource(source, { type: 'geojson', data: NO_FEATURES });
    }
    this.map.addLayer({ id: BELOW_NAMES, type: 'background', layout: { visibility: 'none' } });
    this.#addHighlightLayers();
  }

  destroy(): void {
    cancelAnimationFrame(this.#pointerFrame);
    this.map.remove();
    this.#tiles.close();
  }

  /** Draw a collection below the collections that `above` names, the lowest first. */
  addCollection(info: CollectionInfo, legend: Legend, tileset: Tileset, above: readonly string[]): void {
    const bounds = tileBoundsOf(info, tileset);
    this.removeCollection(info.id);
    this.#infos.set(info.id, info);
    this.#bounds.set(info.id, String(bounds));
    this.#addHatches(info, legend);
    this.map.addSource(info.id, {
      type: 'vector',
      // Without an address a source waits for the next frame: of several, all but the first would be asked for after a picture without them.
      url: this.#tiles.atOnce,
      tiles: [this.tilesOf(info.id)],
      minzoom: tileset.minzoom ?? 0,
      maxzoom: tileset.maxzoom ?? 18,
      ...(bounds && { bounds }),
    });
    const next = above.find((id) => this.#infos.has(id));
    const before = (next && this.#layersOf(next)[0]?.id) ?? BELOW_NAMES;
    this.#names.add(info);
    for (const layer of styleLayers(info, legend)) {
      this.map.addLayer(layer, layer.type === 'symbol' ? ABOVE_NAMES : before);
    }
  }

  /** Whether a collection is drawn, and no further than it reached then: tiles beyond that are never asked for. */
  isDrawn(info: CollectionInfo, tileset: Tileset): boolean {
    return this.#bounds.get(info.id) === String(tileBoundsOf(info, tileset));
  }

  removeCollection(id: string): void {
    if (!this.#infos.delete(id)) return;
    for (const layer of this.#layersOf(id)) this.map.removeLayer(layer.id);
    this.map.removeSource(id);
    this.#names.remove(id);
    this.#bounds.delete(id);
  }

  /** The addresses of a collection's tiles, also for what a view draws from them. */
  tilesOf(collectionId: string): string {
    return this.#tiles.tilesOf(collectionId, this.#asOf);
  }

  /** The addresses of the tiles of a version of a layer, which may be a draft. */
  versionTilesOf(slug: string, number: number): string {
    return this.#tiles.versionTilesOf(slug, number);
  }

  /** Show the map as it was on a day; null is today. */
  setAsOf(asOf: string | null): void {
    if (asOf === this.#asOf) return;
    this.#asOf = asOf;
    for (const id of this.#infos.keys()) this.map.getSource<VectorTileSource>(id)?.setTiles([this.tilesOf(id)]);
  }

  /** Draw the collections in this order, the lowest first. */
  restack(order: readonly string[]): void {
    for (const id of order) {
      for (const layer of this.#layersOf(id)) {
        if (layer.type !== 'symbol') this.map.moveLayer(layer.id, BELOW_NAMES);
      }
    }
  }

  has(collectionId: string): boolean {
    return this.#infos.has(collectionId);
  }

  /** Draw pictures of a base map below everything; the template has {z}, {x} and {y}. */
  addBaseMap(templates: readonly string[], attribution: string): void {
    this.map.addSource('base', { type: 'raster', tiles: [...templates], tileSize: 256, maxzoom: 18, attribution });
    const lowest = this.map.getLayersOrder()[0];
    this.map.addLayer({ id: 'base', type: 'raster', source: 'base' }, lowest);
  }

  /** Resolves when every tile in view is there and drawn, and every name is placed; it may still be fading in. */
  whole(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.map.loaded() || !this.map.areTilesLoaded() || this.#names.write()) return;
        this.map.off('render', look);
        resolve();
      };
      this.map.on('render', look);
      this.map.triggerRepaint();
    });
  }

  /** The map's picture as it is drawn now: the drawing is gone from the canvas once it has been shown. */
  picture(): Promise<ImageBitmap> {
    return new Promise((resolve, reject) => {
      this.map.once('render', () => createImageBitmap(this.map.getCanvas()).then(resolve, reject));
      this.map.triggerRepaint();
    });
  }

  setVisible(collectionId: string, isVisible: boolean): void {
    this.#names.renew(collectionId);
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
    const failed = this.#tiles.takeFailed(collectionId);
    // Without a list of tiles MapLibre 6.17 would leave those that failed waiting for ever.
    if (failed.length > 0) this.map.refreshTiles(collectionId, failed);
  }

  /**
   * Draw something of a view's own above the collections, in place of what the view drew under this id before.
   *
   * Sources and layers are named by the view; the map has them as `overlay:<id>:<name>`.
   */
  overlay(id: string, overlay: Overlay): void {
    this.removeOverlay(id);
    this.#overlays.set(id, overlay);
    for (const [name, source] of Object.entries(overlay.sources)) this.map.addSource(overlayName(id, name), source);
    for (const layer of overlay.layers) {
      const placed = { ...layer, id: overlayName(id, layer.id) } as LayerSpecification;
      if ('source' in placed) placed.source = overlayName(id, placed.source as string);
      this.map.addLayer(placed, layer.type === 'symbol' ? undefined : ABOVE_NAMES);
    }
  }

  /** Change what a GeoJSON source of an overlay holds; without such an overlay nothing happens. */
  setOverlayData(id: string, source: string, data: GeoJSON): void {
    this.map.getSource<GeoJSONSource>(overlayName(id, source))?.setData(data);
  }

  removeOverlay(id: string): void {
    const overlay = this.#overlays.get(id);
    if (!overlay) return;
    this.#overlays.delete(id);
    for (const layer of overlay.layers) this.map.removeLayer(overlayName(id, layer.id));
    for (const name of Object.keys(overlay.sources)) this.map.removeSource(overlayName(id, name));
  }

  /** While somebody draws or measures, a click on the map is theirs: null gives clicks back to the selection. */
  captureClicks(handler: ((point: { longitude: number; latitude: number }) => void) | null): void {
    this.#capture = handler;
    this.map.getCanvas().style.cursor = handler ? 'crosshair' : '';
  }

  highlight(which: keyof typeof HIGHLIGHTS, geometry: Geometry | null): void {
    const source = this.map.getSource<GeoJSONSource>(HIGHLIGHTS[which]);
    source?.setData(geometry ? { type: 'Feature', geometry, properties: {} } : NO_FEATURES);
  }

  /** Show a box in the part of the map that no panel covers. */
  fit(bounds: Bounds, insets: Insets, animate = true): void {
    const hasRoom = this.#hasRoom(insets);
    this.#fitted = { bounds, insets, hasRoom, at: performance.now() };
    if (!hasRoom) return;
    this.#isFitting = true;
    this.map.fitBounds(bounds, {
      padding: {
        top: insets.top + MARGIN,
        right: insets.right + MARGIN,
        bottom: insets.bottom + MARGIN,
        left: insets.left + MARGIN,
      },
      maxZoom: 18,
      animate,
      duration: 700,
    });
    this.#isFitting = false;
  }

  /** Show a box again that was to be shown just now, when panels that get their content leave another part of the map for it. */
  keepInView(insets: Insets): void {
    if (!this.#fitted || performance.now() - this.#fitted.at > GROWING_MS) return;
    const { bounds, insets: before, hasRoom } = this.#fitted;
    if (!hasRoom || SIDES.some((side) => insets[side] > before[side])) this.fit(bounds, insets, false);
  }

  /** Whether panels leave any of the map. */
  #hasRoom({ top, right, bottom, left }: Insets): boolean {
    const { clientWidth, clientHeight } = this.map.getContainer();
    return clientWidth > left + right + 2 * MARGIN && clientHeight > top + bottom + 2 * MARGIN;
  }

  jumpTo({ longitude, latitude, zoom }: MapPosition): void {
    this.map.jumpTo({ center: [longitude, latitude], zoom });
  }

  /** What is in view, below the panels too. */
  view(): Bounds {
    const [[west, south], [east, north]] = this.map.getBounds().toArray();
    return [west, south, east, north];
  }

  position(): MapPosition {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), longitude: lng, latitude: lat };
  }

  #listen(): void {
    this.map.on('click', ({ point }) => this.#click(point.x, point.y));
    this.map.on('move', () => this.#events.move());
    this.map.on('resize', () => this.#events.move());
    this.map.on('movestart', () => {
      if (!this.#isFitting) this.#fitted = null;
    });
    this.map.on('moveend', () => this.#tiles.forgetUnwanted());
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
      this.#click(x, y);
    });
  }

  #click(x: number, y: number): void {
    const { lng: longitude, lat: latitude } = this.map.unproject([x, y]);
    if (this.#capture) return this.#capture({ longitude, latitude });
    for (const [id, { layers, onClick }] of [...this.#overlays].toReversed()) {
      if (!onClick) continue;
      const names = layers.map((layer) => overlayName(id, layer.id));
      const features = this.map.queryRenderedFeatures(aroundPoint(x, y), { layers: names });
      if (features.length > 0) return onClick(features, { longitude, latitude });
    }
    this.#events.pick(this.#hitsAt(x, y), { longitude, latitude });
  }

  /** Show by the pointer whether there is something to click on; asked once a frame at most, and not in movement. */
  #showPointer(x: number, y: number): void {
    cancelAnimationFrame(this.#pointerFrame);
    this.#pointerFrame = requestAnimationFrame(() => {
      if (!this.map.isMoving() && !this.#capture)
        this.map.getCanvas().style.cursor = this.#hitsAt(x, y).length ? 'pointer' : '';
    });
  }

  #hitsAt(x: number, y: number): MapHit[] {
    const fills = [...this.#infos.values()].flatMap((info) =>
      this.#layersOf(info.id).filter(
        ({ type }) => type === 'fill' || (info.duogui.kind === 'vector' && type !== 'symbol'),
      ),
    );
    // Thin findings, lines and points would be hard to hit.
    const isThin = (id: string) => ['finding', 'vector'].includes(this.#infos.get(id)?.duogui.kind ?? '');
    const near = fills.filter(({ source }) => isThin(source)).map(({ id }) => id);
    const exact = fills.filter(({ source }) => !isThin(source)).map(({ id }) => id);
    return uniqueHits([
      ...this.map.queryRenderedFeatures(aroundPoint(x, y), { layers: near }),
      ...this.map.queryRenderedFeatures([x, y], { layers: exact }),
    ]);
  }

  #layersOf(collectionId: string): { id: string; type: string; source: string }[] {
    return this.map
      .getLayersOrder()
      .map((id) => this.map.getLayer(id))
      .filter((layer) => layer?.source === collectionId || layer?.source === namesSource(collectionId))
      .map((layer) => ({ id: layer!.id, type: layer!.type, source: collectionId }));
  }

  /** Tell whether a tile is one of those that the view is drawn from; one that left it is asked for anew when it comes back. */
  #isInView(collectionId: string, address: TileAddress): boolean {
    const { minzoom = 0, maxzoom = 22 } = this.map.getSource<VectorTileSource>(collectionId) ?? {};
    const zoom = Math.min(Math.max(Math.floor(this.map.getZoom()), minzoom), maxzoom);
    return address.z === zoom && boundsIntersect(tileBounds(address), this.view());
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

function tileBoundsOf(info: CollectionInfo, tileset: Tileset): Bounds | null {
  return tileset.bounds ?? extentBounds(info.extent?.spatial?.bbox?.[0]);
}

function overlayName(id: string, name: string): string {
  return `overlay:${id}:${name}`;
}

function aroundPoint(x: number, y: number): [PointLike, PointLike] {
  return [
    [x - PICK_TOLERANCE, y - PICK_TOLERANCE],
    [x + PICK_TOLERANCE, y + PICK_TOLERANCE],
  ];
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
