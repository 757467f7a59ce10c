/** The state of the whole page, handed to the components through one context. */

import { createContext } from 'svelte';
import { ApiClient } from '../api/client.ts';
import { fetchFromFirst } from '../api/first-request.ts';
import { problemFromFailure, type ApiProblem } from '../api/problem.ts';
import { Locale } from '../i18n/locale.svelte.ts';
import { boundsIntersect, extentBounds, geometryBounds, unionBounds, type Bounds } from '../map/bounds.ts';
import type { Insets, MapController, MapHit } from '../map/controller.ts';
import { sortForDrawing } from '../map/layer-style.ts';
import { Layers, type Layer } from './layers.svelte.ts';
import { readHash, writeHash, type FeatureReference, type Tab, type ViewFields, type ViewId } from './location-hash.ts';
import { Notices } from './notices.svelte.ts';
import type { FindingProperties, IdleCaseProperties, Item } from '../api/types.ts';
import { moved, OneMap } from './one-map.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { Session } from './session.svelte.ts';
import { Theme } from './theme.svelte.ts';

/** Where a link that signs in once has its secret. */
const SIGN_IN_FIELD = 'sign-in';

export interface BaseMap {
  template: string;
  attribution: string;
}

export const [getApp, setApp] = createContext<App>();

export class App {
  readonly locale = new Locale();
  readonly theme = new Theme();
  readonly notices = new Notices();
  readonly api: ApiClient;
  readonly layers: Layers;
  readonly selection: Selection;
  readonly session: Session;
  readonly oneMap = new OneMap();

  /** The view that is open. */
  view: ViewId = $state('map');
  /** Whether the service answered the last request. */
  isConnected: boolean = $state(true);
  tab: Tab = $state('layers');
  pending: number = $state(0);
  isSignInOpen: boolean = $state(false);
  pointer: [number, number] | null = $state.raw(null);
  /** Counts the map's movements: what is placed by the map's position depends on it. */
  moves: number = $state(0);
  controller: MapController | null = $state.raw(null);
  baseMap: BaseMap | null = $state.raw(null);
  /** How far the panels reach into the map. */
  insets: Insets = $state.raw({ top: 0, right: 0, bottom: 0, left: 0 });

  /** Whether the page was opened with a link that signs in. */
  #isEntering = false;
  /** What each view keeps in the address, also of those that are closed. */
  readonly #fields: Record<string, ViewFields> = $state({});

  constructor(root: URL) {
    this.api = new ApiClient(root, (pending) => (this.pending = pending), fetchFromFirst);
    this.api.onConnection = (isConnected) => (this.isConnected = isConnected);
    this.session = new Session(this.api);
    const { view, fields } = readHash(location.hash);
    this.view = view;
    this.#fields[view] = fields;
    this.layers = new Layers(this.api);
    this.selection = new Selection(this.api, this.layers);
    if (this.field(this.view, SIGN_IN_FIELD) === null) this.layers.ask();
  }

  /** Read the collections, show the map that the address asks for, draw the visible layers. */
  async start(controller: MapController): Promise<void> {
    this.controller = controller;
    const entered = this.enter();
    // What somebody may see depends on who it is; a session that is there already goes with every request.
    if (this.#isEntering) await entered;
    await this.loadLayers(controller.ready());
    void this.#showBaseMap(controller);
    // For whoever measures how soon the page is of use (benchmarks/map_page.py).
    void controller.whole().then(() => performance.mark('duogui:first-map'));
  }

  /** Sign in by the link that the page was opened with, if it was, and ask who looks at it. */
  async enter(): Promise<void> {
    const link = this.field(this.view, SIGN_IN_FIELD);
    this.#isEntering = link !== null;
    this.setFields(this.view, { [SIGN_IN_FIELD]: null });
    try {
      if (link === null) return void (await this.session.load());
      // The secret leaves the address, and the browser's history with it, before anything else is done.
      history.replaceState(
        history.state,
        '',
        writeHash({ ...readHash(location.hash), fields: this.#fields[this.view]! }),
      );
      await this.session.signIn({ link });
    } catch (error) {
      const problem = problemFromFailure('session', error);
      this.notices.show({
        key: 'session',
        title: (text) => (link === null ? text.session.unknown : text.session.linkFailed),
        problem,
      });
      if (link !== null) await this.session.load().catch(() => {});
    }
  }

  /** Read the collections, and draw those that are visible once the map can take them. */
  async loadLayers(isMapReady: Promise<void> = Promise.resolve()): Promise<void> {
    const { layers, parcel, position, tab, mapFields } = readHash(location.hash);
    const opacities = this.oneMap.takeFields(mapFields);
    try {
      await this.layers.load(layers, isMapReady);
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
    for (const [id, opacity] of opacities) this.setOpacity(this.layers.get(id), opacity);
    if (this.oneMap.order) this.layers.reorder(this.oneMap.order);
    this.controller?.setAsOf(this.oneMap.asOf);
    this.tab = tab;
    if (!position) this.fitAll(false);
    const visible = this.layers.all.filter((layer) => layer.visible);
    // All at once: a picture of each layer by itself, before the next is there, is a picture too many.
    await Promise.all(visible.map((layer) => this.prepare(layer)));
    const drawing = visible.map((layer) => this.show(layer));
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
    if (!controller.isDrawn(layer.info, layer.tileset)) {
      controller.addCollection(layer.info, layer.legend, layer.tileset, this.layers.above(layer));
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

  /** Draw a layer at the place of another, for as long as the address is kept. */
  moveLayer(id: string, to: string): void {
    this.oneMap.order = moved(
      this.layers.all.map((layer) => layer.id),
      id,
      to,
    );
    this.layers.reorder(this.oneMap.order);
    this.controller?.restack(this.oneMap.order);
  }

  /** Show the map as it was, or will be, on a day; null is today. */
  showDay(asOf: string | null): void {
    this.oneMap.asOf = asOf;
    this.controller?.setAsOf(asOf);
  }

  setOpacity(layer: Layer | undefined, opacity: number): void {
    if (!layer) return;
    layer.opacity = opacity;
    this.controller?.setOpacity(layer.id, opacity);
  }

  /** A field that a view keeps in the address; null where it has none of this name. */
  field(view: ViewId, name: string): string | null {
    return this.#fields[view]?.[name] ?? null;
  }

  /** Keep fields of a view in the address; null takes a field out. */
  setFields(view: ViewId, changes: Readonly<Record<string, string | null>>): void {
    const kept = Object.entries({ ...this.#fields[view], ...changes }).filter((field) => field[1] !== null);
    this.#fields[view] = Object.fromEntries(kept) as ViewFields;
  }

  /** Open a view, with fields of its own where they are given; the browser's way back leads to the former one. */
  open(view: ViewId, fields: Readonly<Record<string, string | null>> = {}): void {
    if (Object.keys(fields).length > 0) this.setFields(view, fields);
    if (view === this.view) return;
    history.pushState(history.state, '', this.address());
    this.view = view;
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

  pick(hits: MapHit[], point: { longitude: number; latitude: number }): void {
    void this.selection.pick(hits, point);
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

  /** Show a box of which nothing is in view; what is in view, in part at least, stays where it is. */
  reveal(bounds: Bounds | null): void {
    if (bounds && this.controller && !boundsIntersect(bounds, this.controller.view())) this.fit(bounds);
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

  /** The address of what is shown now. */
  address(): string {
    const isLoaded = this.layers.status === 'ready';
    return writeHash({
      position: this.controller?.position() ?? null,
      layers: isLoaded ? this.layers.all.filter(({ visible }) => visible).map(({ id }) => id) : null,
      parcel: this.selection.reference,
      tab: this.tab,
      view: this.view,
      fields: this.#fields[this.view] ?? {},
      mapFields: this.oneMap.toFields(this.#opacities()),
    });
  }

  /** The base map that the service was told to show; by default there is none. */
  async #showBaseMap(controller: MapController): Promise<void> {
    try {
      const { base_map } = await this.api.get<{ base_map: BaseMap | null }>('map/settings');
      this.baseMap = base_map;
      if (base_map) controller.addBaseMap([base_map.template], base_map.attribution);
    } catch (error) {
      this.reportMap(problemFromFailure('map/settings', error).message);
    }
  }

  #opacities(): Map<string, number> {
    return new Map(this.layers.all.flatMap(({ id, opacity }) => (opacity === 1 ? [] : [[id, opacity]])));
  }

  /** Follow an address that the reader typed or pasted into the open page. */
  followAddress(hash: string): void {
    const { layers, parcel, position, tab, view, fields, mapFields } = readHash(hash);
    const opacities = this.oneMap.takeFields(mapFields);
    for (const layer of this.layers.all) this.setOpacity(layer, opacities.get(layer.id) ?? 1);
    this.layers.reorder(this.oneMap.order ?? sortForDrawing(this.layers.all).map(({ id }) => id));
    this.controller?.restack(this.layers.all.map(({ id }) => id));
    this.controller?.setAsOf(this.oneMap.asOf);
    this.tab = tab;
    this.view = view;
    this.#fields[view] = fields;
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
    // A link that signs in, pasted into the page that is open already.
    if (fields[SIGN_IN_FIELD]) void this.enter();
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
