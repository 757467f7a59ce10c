import type { Map as MapLibreMap } from 'maplibre-gl';

declare global {
  interface Window {
    /** For scripts that look at the page from outside: the map as MapLibre has it. */
    duogui?: { map: MapLibreMap; compared?: MapLibreMap };
  }
}
