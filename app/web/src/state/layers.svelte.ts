/** The service's collections as layers of the map: which exist, which are shown, what their legends say. */

import { SvelteMap } from 'svelte/reactivity';
import type { ApiClient } from '../api/client.ts';
import { problemFromFailure, type ApiProblem } from '../api/problem.ts';
import type { CollectionInfo, CollectionKind, Legend, LegendEntry, Tileset } from '../api/types.ts';
import { isShownByDefault, sortForDrawing } from '../map/layer-style.ts';
import { inOrder } from './one-map.svelte.ts';
import type { LoadStatus } from './paged-items.svelte.ts';

export class Layer {
  readonly info: CollectionInfo;
  visible: boolean = $state(false);
  /** 0 to 1, on top of what the layer's style has. */
  opacity: number = $state(1);
  legend: Legend | null = $state.raw(null);
  tileset: Tileset | null = $state.raw(null);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  failedTiles: number = $state(0);

  constructor(info: CollectionInfo) {
    this.info = info;
  }

  get id(): string {
    return this.info.id;
  }

  /** The legend entry for a value, the default one where the legend does not list it. */
  legendEntry(value: unknown): Omit<LegendEntry, 'value'> | null {
    if (!this.legend) return null;
    return this.legend.entries.find((entry) => entry.value === String(value)) ?? this.legend.default;
  }
}

export class Layers {
  /** In drawing order, the lowest first. */
  all: Layer[] = $state.raw([]);
  status: LoadStatus = $state('idle');

  readonly #api: ApiClient;
  /** The list of collections, asked for before anybody waits for it. */
  #asked: Promise<CollectionInfo[]> | null = null;
  /** The layers that are being read. */
  readonly #preparing = new Map<Layer, Promise<void>>();
  readonly #byId = new SvelteMap<string, Layer>();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Ask for the list of collections: it comes while the map is being made. */
  ask(): void {
    this.#asked = this.#api.collections();
    // Whoever loads the list is told what went wrong.
    this.#asked.catch(() => {});
  }

  /** Read the list of collections. `shown` names the visible ones; null leaves the defaults; until `isMapReady` none is there. */
  async load(shown: readonly string[] | null, isMapReady: Promise<void> = Promise.resolve()): Promise<void> {
    this.status = 'loading';
    try {
      const asked = this.#asked ?? this.#api.collections();
      this.#asked = null;
      const collections = await asked;
      const layers = collections.filter(({ duogui }) => duogui !== undefined).map((info) => new Layer(info));
      for (const layer of layers) {
        layer.visible = shown ? shown.includes(layer.id) : isShownByDefault(layer.info);
        // Asked for while the map gets ready; whoever shows the layer waits for the same answer.
        if (layer.visible) void this.prepare(layer);
      }
      await isMapReady;
      this.#byId.clear();
      for (const layer of layers) this.#byId.set(layer.id, layer);
      this.all = sortForDrawing(layers);
      this.status = 'ready';
    } catch (error) {
      this.status = 'failed';
      throw problemFromFailure('collections', error);
    }
  }

  /** Read what a layer needs to be drawn, once; a failed attempt may be repeated. */
  prepare(layer: Layer): Promise<void> {
    if (layer.status === 'ready') return Promise.resolve();
    const underWay = this.#preparing.get(layer);
    if (underWay) return underWay;
    const started = this.#read(layer).finally(() => this.#preparing.delete(layer));
    this.#preparing.set(layer, started);
    return started;
  }

  async #read(layer: Layer): Promise<void> {
    layer.status = 'loading';
    layer.problem = null;
    try {
      [layer.legend, layer.tileset] = await Promise.all([this.#api.legend(layer.id), this.#api.tileset(layer.id)]);
      layer.status = 'ready';
    } catch (error) {
      layer.problem = problemFromFailure(layer.id, error);
      layer.status = 'failed';
    }
  }

  /** Draw in another order; ids that it leaves out stay where they are. */
  reorder(order: readonly string[]): void {
    this.all = inOrder(this.all, order);
  }

  get(collectionId: string): Layer | undefined {
    return this.#byId.get(collectionId);
  }

  ofKind(kind: CollectionKind): Layer[] {
    return this.all.filter(({ info }) => info.duogui.kind === kind);
  }

  /** The ids of the collections drawn above the given one, the lowest first. */
  above(layer: Layer): string[] {
    return this.all.slice(this.all.indexOf(layer) + 1).map(({ id }) => id);
  }
}
