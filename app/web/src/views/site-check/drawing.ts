/** Drawing polygons on the map with Terra Draw; loaded when somebody starts to draw. */

import type { Polygon } from 'geojson';
import { TerraDraw, TerraDrawPolygonMode, TerraDrawRectangleMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { MapController } from '../../map/controller.ts';

export type DrawMode = 'polygon' | 'rectangle';

const LINE = '#0b5cad';
const STYLES = { fillColor: LINE, fillOpacity: 0.15, outlineColor: LINE, outlineWidth: 2, outlineOpacity: 1 } as const;

/** The click that finishes a drawing reaches the map a moment later, and selects nothing either. */
const LAST_CLICK_MS = 250;
let latest: Drawing | null = null;

/** One drawing under way; a finished polygon is handed over and taken off the map, where the view shows it. */
export class Drawing {
  readonly #controller: MapController;
  readonly #draw: TerraDraw;

  constructor(controller: MapController, onFinish: (polygon: Polygon) => void) {
    this.#controller = controller;
    this.#draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: controller.map, coordinatePrecision: 9 }),
      modes: [new TerraDrawPolygonMode({ styles: STYLES }), new TerraDrawRectangleMode({ styles: STYLES })],
    });
    this.#draw.on('finish', (id) => {
      const geometry = this.#draw.getSnapshotFeature(id)?.geometry;
      if (geometry?.type !== 'Polygon') return;
      // Terra Draw still works on the feature while it tells of it.
      queueMicrotask(() => {
        this.#draw.removeFeatures([id]);
        onFinish({ type: 'Polygon', coordinates: geometry.coordinates });
      });
    });
  }

  start(mode: DrawMode): void {
    latest = this;
    this.#controller.captureClicks(() => {});
    this.#draw.start();
    this.#draw.setMode(mode);
  }

  stop(): void {
    if (this.#draw.enabled) this.#draw.stop();
    setTimeout(() => {
      if (latest === this) this.#controller.captureClicks(null);
    }, LAST_CLICK_MS);
  }
}
