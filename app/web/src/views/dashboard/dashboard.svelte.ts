/** The dashboard's groups of numbers, each read by itself: one that fails leaves the others. */

import { problemFromFailure, type ApiProblem } from '../../api/problem.ts';
import type { App } from '../../state/app.svelte.ts';
import type { Clocks, Conflicts, Freshness, LayerAreas, Supervision } from './answers.ts';

/** What one answer is known of. */
export class Group<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<ApiProblem | null>(null);
  readonly #app: App;
  readonly #path: string;

  constructor(app: App, path: string) {
    this.#app = app;
    this.#path = path;
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      this.value = await this.#app.api.get<T>(`dashboard/${this.#path}`);
    } catch (error) {
      this.problem = problemFromFailure(this.#path, error);
    }
  }
}

export class DashboardState {
  readonly app: App;
  readonly areas: Group<{ layers: LayerAreas[] }>;
  readonly conflicts: Group<Conflicts>;
  readonly supervision: Group<Supervision>;
  readonly clocks: Group<Clocks>;
  readonly freshness: Group<Freshness>;

  constructor(app: App) {
    this.app = app;
    this.areas = new Group(app, 'areas');
    this.conflicts = new Group(app, 'conflicts');
    this.supervision = new Group(app, 'supervision');
    this.clocks = new Group(app, 'clocks');
    this.freshness = new Group(app, 'freshness');
  }

  async load(): Promise<void> {
    const groups = [this.areas, this.conflicts, this.supervision, this.clocks, this.freshness];
    await Promise.all(groups.map((group) => group.load()));
  }

  openIdle(fields: Record<string, string>): void {
    const none = { stage: null, kind: null, zone: null, holder: null, due: null, contract: null, show: null };
    this.app.open('idle', { ...none, ...fields });
  }

  openFindings(): void {
    this.app.tab = 'findings';
    this.app.open('map');
  }

  /** Show a layer, and all of it. */
  openLayer(slug: string): void {
    const layer = this.app.layers.get(slug);
    this.app.tab = 'layers';
    this.app.open('map');
    if (!layer) return;
    void this.app.show(layer);
    this.app.fitLayer(layer);
  }
}
