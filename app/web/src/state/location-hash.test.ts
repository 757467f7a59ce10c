import { describe, expect, it } from 'vitest';
import { readHash, writeHash, type PageState } from './location-hash.ts';

const NOTHING: PageState = {
  position: null,
  layers: null,
  parcel: null,
  tab: 'layers',
  view: 'map',
  fields: {},
  mapFields: {},
};

describe('the address', () => {
  it('gives back the state that was written into it', () => {
    const state: PageState = {
      position: { zoom: 15.25, longitude: 113.080001, latitude: 28.24 },
      layers: ['parcels', 'a,b&c=d'],
      parcel: { collectionId: 'parcels', featureId: '0/1 宗地' },
      tab: 'findings',
      view: 'plans',
      fields: { comparison: '3', q: 'a&b=c#d 用地' },
      mapFields: { 'as-of': '2026-01-31', order: 'a%2Cb,c' },
    };
    expect(readHash(writeHash(state))).toEqual(state);
  });

  it('tells "no layer" from "the default layers"', () => {
    expect(readHash(writeHash({ ...NOTHING, layers: [] })).layers).toEqual([]);
    expect(readHash(writeHash(NOTHING)).layers).toBeNull();
  });

  it('is empty of what is not set', () => {
    expect(writeHash(NOTHING)).toBe('#');
    expect(readHash('')).toEqual(NOTHING);
  });

  it.each(['map=1/2', 'map=x/28/113', 'map=14//113', 'map=14/91/113', 'map=14/28/200', 'map=-1/28/113'])(
    'ignores a position that is none: %s',
    (field) => expect(readHash(`#${field}`).position).toBeNull(),
  );

  it('takes a broken escape for itself', () => {
    expect(readHash('#parcel=parcels/100%')).toMatchObject({ parcel: { featureId: '100%' } });
  });

  it('opens the map where it names a view that the page does not have', () => {
    expect(readHash('#view=nothing&state=open')).toMatchObject({ view: 'map', fields: { state: 'open' } });
  });

  it('does not let a view write over what the page keeps there', () => {
    expect(writeHash({ ...NOTHING, view: 'jobs', fields: { layers: 'x', job: '1' } })).toBe('#view=jobs&job=1');
  });

  it('ignores a tab that the page does not have', () => {
    expect(readHash('#tab=nothing').tab).toBe('layers');
  });
});
