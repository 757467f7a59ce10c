import { expect, it } from 'vitest';
import type { AreaClass, LayerAge } from './answers.ts';
import { byAge, greatest, runningCases } from './numbers.ts';

const use = (code: string, area_m2: number): AreaClass => ({
  code,
  name_zh: code,
  name_en: code,
  fill: null,
  codes: [code],
  count: 1,
  area_m2,
});

it('bars add up to the whole, the small classes together', () => {
  const bars = greatest([use('a', 50), use('b', 30), use('c', 15), use('d', 5)], 100, 2);
  expect(bars.map(({ item, area_m2 }) => [item?.code ?? null, area_m2])).toEqual([
    ['a', 50],
    ['b', 30],
    [null, 20],
  ]);
  expect(bars.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});

it('one class is not hidden behind a bar of its own size', () => {
  expect(greatest([use('a', 2), use('b', 1)], 3, 1).map(({ item }) => item?.code)).toEqual(['a', 'b']);
  expect(greatest([], 0, 3)).toEqual([]);
});

it('cases run that have begun and not ended', () => {
  const stages = [
    { stage: 'none' as const, count: 40 },
    { stage: 'survey' as const, count: 2 },
    { stage: 'ended' as const, count: 3 },
  ];
  expect(runningCases(stages)).toBe(2);
});

it('what is stale stands first, what nobody has published next', () => {
  const layer = (slug: string, age_days: number | null, is_stale = false): LayerAge => ({
    slug,
    kind: 'plan',
    title_zh: slug,
    title_en: slug,
    mandatory: false,
    valid_from: null,
    published_at: null,
    features: null,
    rejected: null,
    version: age_days === null ? null : 1,
    age_days,
    stale_after_days: null,
    is_stale,
  });
  const layers = [layer('new', 1), layer('none', null), layer('old', 900), layer('stale', 400, true)];
  expect(byAge(layers).map(({ slug }) => slug)).toEqual(['stale', 'none', 'old', 'new']);
});
