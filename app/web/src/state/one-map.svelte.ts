/** The one map beyond its layers' being on or off: their order and opacity, the day that is shown, what it is compared with. */

import type { MapFields } from './location-hash.ts';

export type MapTool = 'time' | 'compare' | 'measure' | 'export';

export interface Comparison {
  /** The day of the right half; null is today. */
  asOf: string | null;
  /** The layers of the right half; null are those of the left. */
  layers: string[] | null;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export class OneMap {
  /** The day whose law and layers are shown; null is today. */
  asOf: string | null = $state(null);
  comparison: Comparison | null = $state.raw(null);
  /** The part of the map's width that the left half has, 0 to 1. */
  divider: number = $state(0.5);
  tool: MapTool | null = $state(null);
  /** Ids in drawing order, the lowest first, where the reader has changed it. */
  order: string[] | null = $state.raw(null);

  /** What of this stands in the address, with the opacities that are not whole. */
  toFields(opacities: ReadonlyMap<string, number>): MapFields {
    const { comparison } = this;
    return {
      ...(this.asOf && { 'as-of': this.asOf }),
      ...(this.order && { order: this.order.map(encodeURIComponent).join(',') }),
      ...(opacities.size > 0 && {
        opacity: [...opacities].map(([id, value]) => `${encodeURIComponent(id)}:${value}`).join(','),
      }),
      ...(comparison && { compare: comparison.asOf ?? 'today' }),
      ...(comparison?.layers && { 'compare-layers': comparison.layers.map(encodeURIComponent).join(',') }),
    };
  }

  /** Take over what stands in an address; returns the opacities that it names. */
  takeFields(fields: MapFields): Map<string, number> {
    this.asOf = readDay(fields['as-of']);
    this.order = readList(fields.order);
    this.comparison =
      fields.compare === undefined
        ? null
        : { asOf: readDay(fields.compare), layers: readList(fields['compare-layers']) };
    const pairs = (readRaw(fields.opacity) ?? []).map((pair) => pair.split(':', 2) as [string, string | undefined]);
    return new Map(
      pairs
        .map(([id, value]) => [decodeURIComponent(id), Number(value)] as const)
        .filter(([, value]) => value > 0 && value <= 1),
    );
  }
}

function readDay(text: string | undefined): string | null {
  return text !== undefined && DAY.test(text) ? text : null;
}

function readRaw(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').filter(Boolean);
}

function readList(text: string | undefined): string[] | null {
  return readRaw(text)?.map(decodeURIComponent) ?? null;
}

/** Sort by an order that may not name everything: what it leaves out stays where it was among its neighbours. */
export function inOrder<T extends { id: string }>(items: readonly T[], order: readonly string[] | null): T[] {
  if (!order) return [...items];
  const named = order.flatMap((id) => items.filter((item) => item.id === id));
  const places = items.flatMap((item, place) => (named.includes(item) ? [place] : []));
  const result = [...items];
  places.forEach((place, position) => (result[place] = named[position]!));
  return result;
}

/** Move an item to the place of another: above it where it came from below, below it where it came from above. */
export function moved(order: readonly string[], id: string, to: string): string[] {
  const target = order.indexOf(to);
  const rest = order.filter((other) => other !== id);
  return target < 0 || !order.includes(id) ? [...order] : rest.toSpliced(target, 0, id);
}
