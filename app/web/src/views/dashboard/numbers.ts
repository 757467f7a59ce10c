/** What the dashboard makes of the service's numbers: shares for bars, and what is left when only the greatest are shown. */

import type { AreaClass, Clocks, LayerAge } from './answers.ts';

export interface Bar {
  item: AreaClass | null;
  area_m2: number;
  count: number;
  /** Of the whole, 0 to 1. */
  share: number;
}

/** The greatest classes and, as the last bar, all others together; the bars add up to the whole. */
export function greatest(classes: readonly AreaClass[], whole: number, shown: number): Bar[] {
  const share = (area: number) => (whole > 0 ? area / whole : 0);
  const bar = (item: AreaClass): Bar => ({
    item,
    area_m2: item.area_m2,
    count: item.count,
    share: share(item.area_m2),
  });
  if (classes.length <= shown + 1) return classes.map(bar);
  const rest = classes.slice(shown);
  const area = rest.reduce((sum, { area_m2 }) => sum + area_m2, 0);
  const count = rest.reduce((sum, each) => sum + each.count, 0);
  return [...classes.slice(0, shown).map(bar), { item: null, area_m2: area, count, share: share(area) }];
}

/** Cases that run: neither without a case nor ended. */
export function runningCases(stages: readonly Pick<Clocks['stages'][number], 'stage' | 'count'>[]): number {
  return stages.filter(({ stage }) => stage !== 'none' && stage !== 'ended').reduce((sum, { count }) => sum + count, 0);
}

/** Stale layers first, then those without a version, then the oldest. */
export function byAge(layers: readonly LayerAge[]): LayerAge[] {
  const rank = (layer: LayerAge) => (layer.is_stale ? 0 : layer.version === null ? 1 : 2);
  return [...layers].sort((a, b) => rank(a) - rank(b) || (b.age_days ?? 0) - (a.age_days ?? 0));
}
