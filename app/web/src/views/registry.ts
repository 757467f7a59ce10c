/** The page's views: each is loaded when it is first opened. */

import type { Component } from 'svelte';
import type { IconName } from '../components/Icon.svelte';
import type { ViewId } from '../state/location-hash.ts';
import MapPanel from './map/View.svelte';

export interface ViewDefinition {
  /** Its title stands in the page's messages under `views`. */
  id: ViewId;
  icon: IconName;
  /** Shown over the map instead of in the panel beside it. */
  wide?: boolean;
  /** Its panel beside the map is broader than the others: tables. */
  broad?: boolean;
  load: () => Promise<{ default: Component }>;
}

/** In the order of the rail. */
export const VIEWS: readonly ViewDefinition[] = [
  { id: 'map', icon: 'layers', load: () => Promise.resolve({ default: MapPanel }) },
  { id: 'site-check', icon: 'check', load: () => import('./site-check/View.svelte') },
  { id: 'plans', icon: 'plans', load: () => import('./plans/View.svelte') },
  { id: 'idle', icon: 'idle', broad: true, load: () => import('./idle/View.svelte') },
  { id: 'deliveries', icon: 'delivery', load: () => import('./deliveries/View.svelte') },
  { id: 'dashboard', icon: 'dashboard', wide: true, load: () => import('./dashboard/View.svelte') },
  { id: 'jobs', icon: 'jobs', wide: true, load: () => import('./jobs/View.svelte') },
];

/** The view of this id, the map where the page does not have it. */
export function viewOf(id: ViewId): ViewDefinition {
  return VIEWS.find((view) => view.id === id) ?? VIEWS[0]!;
}
