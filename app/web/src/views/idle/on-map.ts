/** The land of the list on the map: drawn from the tiles of the findings, so that it stays quick however much there is. */

import type { FilterSpecification, LayerSpecification } from 'maplibre-gl';
import type { Overlay } from '../../map/controller.ts';
import type { Layer } from '../../state/layers.svelte.ts';

export const OVERLAY_ID = 'idle';
/** The layers whose filters follow the list and the chosen row. */
export const LISTED = 'overlay:idle:listed';
export const CHOSEN: readonly string[] = ['overlay:idle:casing', 'overlay:idle:chosen'];

/** `tiles`: the addresses of the layer's tiles, as the map reads them. */
export function idleOverlay(layer: Layer, tiles: string, onClick: (contract: string) => void): Overlay {
  const from = { source: 'land', 'source-layer': layer.id };
  const nothing: FilterSpecification = ofContracts([]);
  const layers: LayerSpecification[] = [
    { id: 'any', type: 'fill', ...from, paint: { 'fill-color': '#000000', 'fill-opacity': 0.01 } },
    { id: 'listed', type: 'fill', ...from, filter: nothing, paint: { 'fill-color': '#b5179e', 'fill-opacity': 0.3 } },
    line('casing', from, nothing, '#ffffff', 7),
    line('chosen', from, nothing, '#5c0a50', 3.4),
  ];
  const { minzoom = 0, maxzoom = 18, bounds } = layer.tileset ?? {};
  return {
    sources: {
      land: {
        type: 'vector',
        tiles: [tiles],
        minzoom,
        maxzoom,
        ...(bounds && { bounds }),
      },
    },
    layers,
    onClick: (features) => {
      const contract: unknown = features[0]?.properties.contract_no;
      if (typeof contract === 'string') onClick(contract);
    },
  };
}

export function ofContracts(contracts: readonly string[]): FilterSpecification {
  return ['in', ['get', 'contract_no'], ['literal', [...contracts]]];
}

function line(
  id: string,
  from: { source: string; 'source-layer': string },
  filter: FilterSpecification,
  colour: string,
  width: number,
): LayerSpecification {
  const paint = { 'line-color': colour, 'line-width': width };
  return { id, type: 'line', ...from, filter, layout: { 'line-join': 'round' }, paint };
}
