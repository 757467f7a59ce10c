import { describe, expect, it } from 'vitest';
import {
  emptyDelivery,
  filesFault,
  formOf,
  isSlug,
  layersOf,
  suggestSlug,
  uploadFields,
  type DeliveryForm,
} from './delivery.ts';
import { changeMapping, formerMapping, isStale, mappingRows, type ContractField } from './mapping.ts';
import { formerVersion, type LayerInfo, type LayerVersion } from './versions.ts';
import { isComplete, placesOf, shares, type DeliveryReport, type Faults } from './report.ts';

function form(changes: Partial<DeliveryForm>): DeliveryForm {
  return { ...emptyDelivery(), ...changes };
}

function field(name: string, required = false): ContractField {
  return { name, type: 'text', title_zh: name, title_en: name, required, synonyms: [], unit: null };
}

function report(changes: Partial<DeliveryReport['settings']> = {}): DeliveryReport {
  return {
    source: {
      name: 'a.shp',
      layer: 'a',
      driver: 'x',
      fields: ['ZDDM', 'ZL'],
      crs: null,
      crs_epsg: null,
      encoding: null,
      encoding_source: null,
    },
    settings: {
      kind: 'parcel',
      title_zh: '宗地',
      title_en: 'Parcels',
      contract_version: '1',
      documents: [],
      examined_on: '2026-06-30',
      given_mapping: {},
      proposed_mapping: [{ target: 'parcel_code', source: 'ZDDM', confidence: 'synonym', zh: '常用', en: 'usual' }],
      unused_fields: ['ZL'],
      proposal: null,
      proposal_accepted: false,
      ...changes,
    },
    counts: { read: 0, accepted: 0, repaired: 0, rejected: 0 },
    severities: { error: 0, warning: 0, note: 0 },
    checks: [],
    areas: {},
    keep_per_kind: 1000,
    schema_version: 1,
    faults: [],
  };
}

describe('an upload', () => {
  it('for a layer that exists says nothing of its kind', () => {
    expect(uploadFields(form({ layer: 'parcels', kind: 'plan', titleZh: '旧' }))).toEqual([['to', 'parcels']]);
  });

  it('for a new layer says what it shall be, and the mapping as JSON', () => {
    const fields = uploadFields(
      form({
        target: 'new',
        newSlug: ' city ',
        kind: 'plan',
        titleZh: '城规',
        mapping: { zone_code: 'YDDM' },
        crs: ' ',
      }),
    );
    expect(Object.fromEntries(fields)).toEqual({
      to: 'city',
      kind: 'plan',
      title_zh: '城规',
      map: '{"zone_code":"YDDM"}',
    });
  });

  it('takes a proposal only when somebody accepted it', () => {
    expect(uploadFields(form({ layer: 'a' })).map(([name]) => name)).not.toContain('accept_proposal');
    expect(uploadFields(form({ layer: 'a', acceptProposal: true }))).toContainEqual(['accept_proposal', 'true']);
  });

  it('can be gone on with from what an earlier one was asked', () => {
    const options = { to: 'city', kind: 'plan', map: { a: 'B' }, crs: 'EPSG:4547', accept_proposal: true };
    const resumed = form(formOf(options, false));
    expect(Object.fromEntries(uploadFields(resumed))).toEqual({
      to: 'city',
      kind: 'plan',
      crs: 'EPSG:4547',
      map: '{"a":"B"}',
      accept_proposal: 'true',
    });
    expect(formOf(options, true)).toMatchObject({ target: 'existing', layer: 'city' });
  });

  it('names a layer in small letters', () => {
    expect([isSlug('city_plan2'), isSlug('City'), isSlug('2plan'), isSlug('')]).toEqual([true, false, false, false]);
  });

  it('proposes the name of the file as that of a new layer, where it has Latin letters', () => {
    const files = ['cambridge_small.gpkg', '2014 Zoning-Map.shp.zip', '宗地.shp', '城规 V2.gpkg'];
    expect(files.map(suggestSlug)).toEqual(['cambridge_small', 'zoning_map', '', 'v2']);
  });

  it('is refused with the layers to choose from where a file has several', () => {
    expect(layersOf({ detail: 'a.gpkg has 2 layers', layers: ['a', 'b'] })).toEqual(['a', 'b']);
    expect([layersOf({ detail: 'x' }), layersOf(null), layersOf({ layers: 'a' })]).toEqual([[], [], []]);
  });
});

describe('files', () => {
  it('are one file, one archive or the parts of one shapefile', () => {
    expect(filesFault(['a.gpkg'])).toBeNull();
    expect(filesFault(['a.shp', 'a.shx', 'a.dbf', 'a.prj', 'a.shp.xml'])).toBeNull();
    expect(filesFault(['a.shp', 'a.dbf'])).toEqual({ kind: 'incomplete', missing: '.shx' });
    expect(filesFault(['a.shp', 'a.shx', 'a.dbf', 'b.dbf'])).toEqual({ kind: 'several' });
    expect(filesFault(['a.gpkg', 'b.gpkg'])).toEqual({ kind: 'several' });
  });
});

describe('the mapping', () => {
  it('shows what is proposed with its reason, required fields first', () => {
    const rows = mappingRows([field('name'), field('code_version'), field('parcel_code', true)], report(), {
      name: 'ZL',
    });
    expect(rows.map(({ field: { name }, source, isMissing }) => [name, source, isMissing])).toEqual([
      ['parcel_code', 'ZDDM', false],
      ['name', 'ZL', false],
      ['code_version', '', true],
    ]);
    expect(rows[0]!.reason).toEqual({ zh: '常用', en: 'usual' });
    expect(rows[1]!.reason).toBeNull();
  });

  it('keeps its rows in their places while they are changed', () => {
    const fields = [field('name'), field('code_version'), field('parcel_code', true)];
    const names = (given: Record<string, string>) => mappingRows(fields, report(), given).map((row) => row.field.name);
    expect(names({ code_version: '=GUIDE-2023' })).toEqual(names({}));
  });

  it('is the reader’s where the reader chose, and goes back to the proposal', () => {
    const given = changeMapping({}, 'parcel_code', 'ZL');
    expect(mappingRows([field('parcel_code')], report(), given)[0]).toMatchObject({ source: 'ZL', reason: null });
    expect(changeMapping(given, 'parcel_code', '')).toEqual({});
  });

  it('can take over what an earlier version had, where the file has its columns', () => {
    const rows = mappingRows(
      [field('parcel_code'), field('name'), field('holder'), field('code_version')],
      report(),
      {},
    );
    const former = { parcel_code: 'ZDDM', name: 'ZL', holder: 'QLR', code_version: '=GUIDE-2023', gone: 'ZL' };
    expect(formerMapping(former, report(), rows)).toEqual({ name: 'ZL', code_version: '=GUIDE-2023' });
    expect(formerMapping(undefined, report(), rows)).toEqual({});
  });

  it('makes a report stale when it was changed since', () => {
    expect(isStale(report(), {})).toBe(false);
    expect(isStale(report(), { name: 'ZL' })).toBe(true);
    expect(isStale(report({ given_mapping: { name: 'ZL' } }), { name: 'ZL' })).toBe(false);
    expect(isStale(report({ given_mapping: { name: 'ZL' } }), {})).toBe(true);
  });
});

describe('the report', () => {
  it('adds up, or says that it does not', () => {
    expect(isComplete({ read: 5, accepted: 3, repaired: 1, rejected: 1 })).toBe(true);
    expect(isComplete({ read: 6, accepted: 3, repaired: 1, rejected: 1 })).toBe(false);
    expect(shares({ read: 4, accepted: 2, repaired: 1, rejected: 1 })).toEqual({
      accepted: 0.5,
      repaired: 0.25,
      rejected: 0.25,
    });
    expect(shares({ read: 0, accepted: 0, repaired: 0, rejected: 0 }).accepted).toBe(0);
  });

  it('has the places of one kind of fault, or of all', () => {
    const fault = (kind: string, isPlaced: boolean) => ({
      type: 'Feature' as const,
      geometry: isPlaced ? { type: 'Point' as const, coordinates: [113, 28] } : null,
      properties: {
        severity: 'error' as const,
        kind,
        source_row: null,
        feature_id: null,
        field: null,
        found: null,
        expected: null,
        text_zh: '',
        text_en: '',
        area_m2: null,
        width_m: null,
      },
    });
    const faults: Faults = {
      type: 'FeatureCollection',
      features: [fault('gap', true), fault('overlap', true), fault('gap', false)],
    };
    expect(placesOf(faults, null)).toHaveLength(2);
    expect(placesOf(faults, 'gap')).toHaveLength(1);
    expect(placesOf(null, null)).toEqual([]);
  });
});

describe('versions', () => {
  const version = (number: number, status: 'draft' | 'in_force' | 'archived') => ({ number, status }) as LayerVersion;
  const layer = (versions: LayerVersion[], applies: number | null) =>
    ({ slug: 'a', versions, applies_today: applies }) as LayerInfo;

  it('are compared with the one in force, else with the last before', () => {
    const versions = [version(1, 'archived'), version(2, 'in_force'), version(3, 'draft'), version(4, 'draft')];
    expect(formerVersion(layer(versions, 2), 4)).toBe(2);
    expect(formerVersion(layer(versions, null), 2)).toBe(1);
    expect(formerVersion(layer(versions, 2), 1)).toBeNull();
    expect(formerVersion(undefined, 1)).toBeNull();
  });
});
