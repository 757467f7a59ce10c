import { describe, expect, it } from 'vitest';
import {
  emptyQuestion,
  facts,
  fileQuery,
  mediaTypeOf,
  missingLand,
  readCodes,
  requestBody,
  type Question,
} from './question.ts';

const square = {
  type: 'Polygon' as const,
  coordinates: [
    [
      [113, 28],
      [113.1, 28],
      [113.1, 28.1],
      [113, 28],
    ],
  ],
};

function question(changes: Partial<Question>): Question {
  return { ...emptyQuestion(), ...changes };
}

describe('what is asked', () => {
  it('leaves out what nobody said, so that it is not taken for no', () => {
    expect(facts(emptyQuestion())).toEqual({ stage: 'investment' });
    expect(facts(question({ takesNewLand: 'no' }))).toEqual({
      stage: 'investment',
      takes_new_construction_land: false,
    });
  });

  it('names the table of the use with its code', () => {
    expect(facts(question({ useCode: '100101' }))).toMatchObject({
      use_code: '100101',
      use_code_version: 'GUIDE-2023',
    });
  });

  it('has figures of the building from the planning permit on only', () => {
    const indicators = { floor_area_ratio: '1.5', height_m: ' ' };
    expect(facts(question({ indicators }))).not.toHaveProperty('indicators');
    expect(facts(question({ indicators, stage: 'planning_permit' })).indicators).toEqual({ floor_area_ratio: 1.5 });
  });

  it('sends drawn land as features and parcels by their codes', () => {
    expect(requestBody(question({ drawn: [square] }))).toMatchObject({
      sites: { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: square }] },
    });
    expect(requestBody(question({ by: 'parcels', parcels: ['A'], drawn: [square] }))).toEqual({
      parcels: ['A'],
      stage: 'investment',
    });
  });

  it('puts everything but figures into the query beside a file', () => {
    const asked = question({ by: 'file', stage: 'building_permit', crs: ' EPSG:4547 ', indicators: { height_m: '9' } });
    expect(fileQuery(asked)).toEqual({ stage: 'building_permit', crs: 'EPSG:4547' });
  });
});

describe('land', () => {
  it('is missing until something is drawn, named or chosen', () => {
    expect(missingLand(emptyQuestion(), true)).toBe('draw');
    expect(missingLand(question({ by: 'parcels' }), false)).toBe('parcels');
    expect(missingLand(question({ by: 'file' }), false)).toBe('file');
    expect(missingLand(question({ by: 'file' }), true)).toBeNull();
    expect(missingLand(question({ drawn: [square] }), false)).toBeNull();
  });

  it('comes in files that are known by their ending', () => {
    expect(mediaTypeOf('红线.KML')).toBe('application/vnd.google-earth.kml+xml');
    expect(mediaTypeOf('a.b.zip')).toBe('application/zip');
    expect(mediaTypeOf('site.shp')).toBeNull();
  });

  it('is named by codes that are pasted from anywhere', () => {
    expect(readCodes(' 430121A，430121B\n430121A;C ')).toEqual(['430121A', '430121B', 'C']);
  });
});
