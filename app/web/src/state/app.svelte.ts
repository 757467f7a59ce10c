/** The state of the whole page, handed to the components through one context. */

import { createContext } from 'svelte';
import { readAccessKey, writeAccessKey } from '../api/access-key.ts';
import { ApiClient } from '../api/client.ts';
import { problemFromFailure, type ApiProblem } from '../api/problem.ts';
import { Locale } from '../i18n/locale.svelte.ts';
import { extentBounds, geometryBounds, unionBounds, type Bounds } from '../map/bounds.ts';
import type { Insets, MapController, MapHit } from '../map/controller.ts';
import { Layers, type Layer } from './layers.svelte.ts';
import { readHash, writeHash, type FeatureReference, type Tab } from './location-hash.ts';
import { Notices } from './notices.svelte.ts';
import type { FindingProperties, IdleCaseProperties, Item } from '../api/types.ts';
import { Selection } from './selection.svelte.ts';

export const [getApp, setApp] = createContext<App>();

export class App {
  readonly locale = new Locale();
  readonly notices = new Notices();
  readonly api: ApiClient;
  readonly layers: Layers;
  readonly selection: Selection;

  tab: Tab = $state('layers');
  pending: number = $state(0);
  isKeyDialogOpen: boolean = $state(false);
  pointer: [number, number] | null = $state.raw(null);
  /** Counts the map's movements: what is placed by the map's position depends on it. */
  moves: number = $state(0);
  controller: MapController | null = $state.raw(null);
  /** How far the panels reach into the map. */
  insets: Insets = $state.raw({ top: 0, right: 0, bottom: 0, left: 0 });

  readonly #drawn = new Set<string>();

  constructor(root: URL) {
    this.api = new ApiClient(root, (pending) => (this.pending = pending));
    this.api.accessKey = readAccessKey();
    this.layers = new Layers(this.api);
    this.selection = new Selection(this.api, this.layers);
  }

  /** Read the collections, show the map that the address asks for, draw the visible layers. */
  async start(controller: MapController): Promise<void> {
    this.controller = controller;
    await controller.ready();
    await this.loadLayers();
  }

  async loadLayers(): Promise<void> {
    const { layers, parcel, position, tab } = readHash(location.hash);
    try {
      await this.layers.load(layers);
    } catch (error) {
      this.notices.show({
        key: 'collections',
        title: (text) => text.problems.collections,
        problem: problemFromFailure('collections', error),
        retry: () => void this.loadLayers(),
      });
      return;
    }
    this.notices.dismiss('collections');
    this.tab = tab;
    if (!position) this.fitAll(false);
    const drawing = this.layers.all.filter(({ visible }) => visible).map((layer) => this.show(layer));
    if (parcel) void this.selection.select(parcel);
    await Promise.all(drawing);
  }

  /** Read a layer's legend: the lists and panels take their colours and names from it, shown or not. */
  async prepare(layer: Layer): Promise<void> {
    await this.layers.prepare(layer);
    if (layer.problem) this.#reportLayer(layer, layer.problem);
    else this.notices.dismiss(`layer:${layer.id}`);
  }

  /** Make a layer visible; at its first time it is read and drawn. */
  async show(layer: Layer): Promise<void> {
    layer.visible = true;
    await this.prepare(layer);
    const { controller } = this;
    if (!controller || !layer.legend || !layer.tileset) return;
    if (!this.#drawn.has(layer.id)) {
      controller.addCollection(layer.info, layer.legend, layer.tileset, this.layers.above(layer));
      this.#drawn.add(layer.id);
    }
    controller.setVisible(layer.id, layer.visible);
    controller.setOpacity(layer.id, layer.opacity);
  }

  hide(layer: Layer): void {
    layer.visible = false;
    this.controller?.setVisible(layer.id, false);
    this.notices.dismiss(`layer:${layer.id}`);
    this.notices.dismiss(`tiles:${layer.id}`);
  }

  setOpacity(layer: Layer, opacity: number): void {
    layer.opacity = opacity;
    this.controller?.setOpacity(layer.id, opacity);
  }

  reportTile(collectionId: string, problem: ApiProblem, failed: number): void {
    const layer = this.layers.get(collectionId);
    if (!layer) return;
    layer.failedTiles = failed;
    this.notices.show({
      key: `tiles:${collectionId}`,
      title: (text) => text.problems.tiles(this.title(layer)),
      problem,
      retry: () => {
        this.forgetTiles(collectionId);
        this.controller?.retryTiles(collectionId);
      },
    });
  }

  /** The tiles of a collection that had failed are there, or are being asked for again. */
  forgetTiles(collectionId: string): void {
    const layer = this.layers.get(collectionId);
    if (layer) layer.failedTiles = 0;
    this.notices.dismiss(`tiles:${collectionId}`);
  }

  reportMap(message: string): void {
    this.notices.show({ key: 'map', title: (text) => text.problems.map, problem: null, detail: message });
  }

  title(layer: Layer): string {
    const { title_zh, title_en } = layer.info.duogui;
    return this.locale.pick(title_zh, title_en) || layer.info.title;
  }

  titleOf(collectionId: string): string {
    const layer = this.layers.get(collectionId);
    return layer ? this.title(layer) : collectionId;
  }

  pick(hits: MapHit[]): void {
    void this.selection.pick(hits);
  }

  /** Select the parcel of a finding and show the finding itself. */
  showFinding(finding: Item<FindingProperties>): void {
    const { target_layer, target_id } = finding.properties;
    void this.selection.select({ collectionId: target_layer, featureId: String(target_id) }, finding);
    this.fit(geometryBounds(finding.geometry));
  }

  /** Select the parcel of an idle case and show it; where the parcel is not known, show the case itself. */
  showIdleCase(idleCase: Item<IdleCaseProperties>): void {
    const { parcel_layer, target_id } = idleCase.properties;
    if (parcel_layer !== null && target_id !== null) {
      this.showParcel({ collectionId: parcel_layer, featureId: target_id }, idleCase.geometry);
    } else {
      this.selection.showUnplaced(idleCase);
    }
  }

  /** Select a parcel and show the given geometry, usually its own. */
  showParcel(reference: FeatureReference, geometry: Item['geometry'] | null): void {
    void this.selection.select(reference);
    this.fit(geometryBounds(geometry));
  }

  fit(bounds: Bounds | null): void {
    // The panel that the selection opens covers its part of the map only once it has been laid out.
    if (bounds) requestAnimationFrame(() => this.controller?.fit(bounds, this.insets));
  }

  fitLayer(layer: Layer): void {
    this.fit(extentBounds(layer.info.extent?.spatial?.bbox?.[0]));
  }

  /** Show the extent of the parcels, or of everything where there are none. */
  fitAll(animate = true): void {
    const boxes = (layers: Layer[]) => layers.map(({ info }) => extentBounds(info.extent?.spatial?.bbox?.[0]));
    const bounds = unionBounds(boxes(this.layers.ofKind('parcel'))) ?? unionBounds(boxes(this.layers.all));
    if (bounds) this.controller?.fit(bounds, this.insets, animate);
  }

  /** Take an access key into use (null: none) and ask again for everything. */
  useKey(key: string | null): void {
    writeAccessKey(key);
    location.reload();
  }

  /** The address of what is shown now. */
  address(): string {
    const isLoaded = this.layers.status === 'ready';
    return writeHash({
      position: this.controller?.position() ?? null,
      layers: isLoaded ? this.layers.all.filter(({ visible }) => visible).map(({ id }) => id) : null,
      parcel: this.selection.reference,
      tab: this.tab,
    });
  }

  /** Follow an address that the reader typed or pasted into the open page. */
  followAddress(hash: string): void {
    const { layers, parcel, position, tab } = readHash(hash);
    this.tab = tab;
    if (position) this.controller?.jumpTo(position);
    for (const layer of this.layers.all) {
      const isShown = layers?.includes(layer.id) ?? layer.visible;
      if (isShown && !layer.visible) void this.show(layer);
      if (!isShown && layer.visible) this.hide(layer);
    }
    const current = this.selection.reference;
    const isSame = current?.collectionId === parcel?.collectionId && current?.featureId === parcel?.featureId;
    if (parcel && !isSame) void this.selection.select(parcel);
    if (!parcel && current) this.selection.clear();
  }

  #reportLayer(layer: Layer, problem: ApiProblem): void {
    this.notices.show({
      key: `layer:${layer.id}`,
      title: (text) => text.problems.layer(this.title(layer)),
      problem,
      retry: () => void (layer.visible ? this.show(layer) : this.prepare(layer)),
    });
  }
}
