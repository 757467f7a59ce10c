/** The parcel that the reader looks at, with its findings and idle cases, and what else lies at the clicked point. */

import type { ApiClient } from '../api/client.ts';
import { isAbort, problemFromFailure, type ApiProblem } from '../api/problem.ts';
import type { FindingProperties, IdleCaseProperties, Item, ParcelProperties } from '../api/types.ts';
import type { MapHit } from '../map/controller.ts';
import type { Layers } from './layers.svelte.ts';
import type { FeatureReference } from './location-hash.ts';
import { PagedItems, type LoadStatus } from './paged-items.svelte.ts';

const PAGE_SIZE = 50;

export class Selection {
  reference: FeatureReference | null = $state.raw(null);
  parcel: Item<ParcelProperties> | null = $state.raw(null);
  status: LoadStatus = $state('idle');
  problem: ApiProblem | null = $state.raw(null);
  /** The finding that was chosen in a list or on the map. */
  finding: Item<FindingProperties> | null = $state.raw(null);
  /** An idle case whose parcel is not known. */
  unplaced: Item<IdleCaseProperties> | null = $state.raw(null);
  /** Other parcels at the clicked point. */
  overlapping: MapHit[] = $state.raw([]);
  /** Features of the other layers at the clicked point. */
  alsoHere: MapHit[] = $state.raw([]);
  /** Where the reader clicked; null where something was chosen in a list. */
  point: { longitude: number; latitude: number } | null = $state.raw(null);
  readonly findings: PagedItems<FindingProperties>;
  readonly idleCases: PagedItems<IdleCaseProperties>;

  readonly #api: ApiClient;
  readonly #layers: Layers;
  #abort = new AbortController();

  constructor(api: ApiClient, layers: Layers) {
    this.#api = api;
    this.#layers = layers;
    this.findings = new PagedItems(api);
    this.idleCases = new PagedItems(api);
  }

  get isOpen(): boolean {
    return this.reference !== null || this.unplaced !== null || this.point !== null;
  }

  /** Select what a click on the map hit: a parcel before anything else, a result's parcel where parcels are hidden. */
  async pick(hits: readonly MapHit[], point: { longitude: number; latitude: number }): Promise<void> {
    const kindOf = (hit: MapHit) => this.#layers.get(hit.collectionId)?.info.duogui.kind;
    const parcels = hits.filter((hit) => kindOf(hit) === 'parcel');
    const finding = hits.find((hit) => kindOf(hit) === 'finding');
    const others = hits.filter((hit) => !['parcel', 'finding', 'idle_case'].includes(kindOf(hit) ?? ''));
    const reference = chooseParcel(parcels, hits, finding);
    if (!reference) {
      this.clear();
      this.alsoHere = others;
      this.point = point;
      return;
    }
    const selected = this.select(reference);
    this.overlapping = parcels.length > 1 ? parcels : [];
    this.alsoHere = others;
    this.point = point;
    await Promise.all([selected, finding && this.#emphasise(finding)]);
  }

  /** Select a parcel, and with it one of its findings. */
  async select(reference: FeatureReference, finding: Item<FindingProperties> | null = null): Promise<void> {
    this.clear();
    this.reference = reference;
    this.finding = finding;
    await Promise.all([this.#readParcel(reference), this.#readFindings(reference)]);
  }

  /** Select another of the parcels that overlap at the clicked point. */
  async switchTo({ collectionId, featureId }: MapHit): Promise<void> {
    const { overlapping, alsoHere, point } = this;
    const selected = this.select({ collectionId, featureId });
    this.overlapping = overlapping;
    this.alsoHere = alsoHere;
    this.point = point;
    await selected;
  }

  showUnplaced(idleCase: Item<IdleCaseProperties>): void {
    this.clear();
    this.unplaced = idleCase;
  }

  async retry(): Promise<void> {
    if (this.reference) await this.select(this.reference, this.finding);
  }

  clear(): void {
    this.#abort.abort();
    this.reference = null;
    this.parcel = null;
    this.status = 'idle';
    this.problem = null;
    this.finding = null;
    this.unplaced = null;
    this.overlapping = [];
    this.alsoHere = [];
    this.point = null;
    this.findings.clear();
    this.idleCases.clear();
  }

  async #readParcel({ collectionId, featureId }: FeatureReference): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.status = 'loading';
    try {
      this.parcel = await this.#api.item<ParcelProperties>(collectionId, featureId, abort.signal);
      this.status = 'ready';
      void this.#readIdleCases(this.parcel);
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = problemFromFailure(featureId, error);
      this.status = 'failed';
    }
  }

  async #readFindings({ collectionId, featureId }: FeatureReference): Promise<void> {
    const layer = this.#layers.ofKind('finding')[0];
    const query = { target_layer: collectionId, target_id: featureId, limit: PAGE_SIZE };
    if (layer) await this.findings.load(layer.id, query);
  }

  /** By the parcel's code, as contracts name it: a case that could mean several parcels belongs to each of them. */
  async #readIdleCases({ id, properties }: Item<ParcelProperties>): Promise<void> {
    const layer = this.#layers.ofKind('idle_case')[0];
    const code = properties.parcel_code;
    const query = { ...(code ? { parcel_code: code } : { target_id: String(id) }), limit: PAGE_SIZE };
    if (layer) await this.idleCases.load(layer.id, query);
  }

  /** Read the whole geometry of a finding that the map showed in part; without it the parcel is still selected. */
  async #emphasise(hit: MapHit): Promise<void> {
    const { signal } = this.#abort;
    try {
      const finding = await this.#api.item<FindingProperties>(hit.collectionId, hit.featureId, signal);
      if (!signal.aborted) this.finding = finding;
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = problemFromFailure(hit.featureId, error);
    }
  }
}

function chooseParcel(
  parcels: MapHit[],
  hits: readonly MapHit[],
  finding: MapHit | undefined,
): FeatureReference | null {
  // Where parcels overlap, a finding that was hit tells which of them was meant.
  const target = finding && String(finding.properties.target_id);
  const parcel = parcels.find(({ featureId }) => featureId === target) ?? parcels[0];
  if (parcel) return { collectionId: parcel.collectionId, featureId: parcel.featureId };
  for (const { properties } of hits) {
    const collectionId = properties.target_layer ?? properties.parcel_layer;
    if (typeof collectionId === 'string' && properties.target_id !== undefined) {
      return { collectionId, featureId: String(properties.target_id) };
    }
  }
  return null;
}
