import { describe, expect, it } from 'vitest';
import { inOrder, moved, OneMap } from './one-map.svelte.ts';

const items = ['a', 'b', 'c', 'd'].map((id) => ({ id }));

describe('the order of layers', () => {
  it('leaves those that it does not name where they are', () => {
    expect(inOrder(items, ['d', 'b']).map(({ id }) => id)).toEqual(['a', 'd', 'c', 'b']);
    expect(inOrder(items, ['x', 'c', 'a']).map(({ id }) => id)).toEqual(['c', 'b', 'a', 'd']);
    expect(inOrder(items, null)).toEqual(items);
  });

  it('changes by taking one to the place of another', () => {
    expect(moved(['a', 'b', 'c', 'd'], 'a', 'c')).toEqual(['b', 'c', 'a', 'd']);
    expect(moved(['a', 'b', 'c', 'd'], 'd', 'b')).toEqual(['a', 'd', 'b', 'c']);
    expect(moved(['a', 'b'], 'a', 'x')).toEqual(['a', 'b']);
  });
});

describe('the address of the one map', () => {
  it('gives back day, order, opacities and comparison', () => {
    const map = new OneMap();
    map.asOf = '2026-01-31';
    map.order = ['a,b', 'c'];
    map.comparison = { asOf: null, layers: ['x:y'] };
    const again = new OneMap();
    const opacities = again.takeFields(map.toFields(new Map([['a,b', 0.5]])));
    expect([...opacities]).toEqual([['a,b', 0.5]]);
    expect([again.asOf, again.order, again.comparison]).toEqual([map.asOf, map.order, map.comparison]);
  });

  it('is empty of what is as it always is, and ignores what is none', () => {
    const map = new OneMap();
    expect(map.toFields(new Map())).toEqual({});
    expect([...map.takeFields({ 'as-of': 'yesterday', opacity: 'a:2,b:x' })]).toEqual([]);
    expect(map.asOf).toBeNull();
  });
});
