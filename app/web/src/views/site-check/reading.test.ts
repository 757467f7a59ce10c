import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../api/types.ts';
import type { Finding, LayerAnswer, LayerStatus, SiteAnswer } from './answer.ts';
import { listsOf, reasonsOf } from './reading.ts';

function finding(verdict: Verdict, relation: Finding['relation'] = 'overlap'): Finding {
  return {
    rule_id: `rule.${verdict}`,
    relation,
    verdict,
    decided_by_zh: '',
    decided_by_en: '',
    is_prohibition: false,
    parameters: [],
    zone: null,
    constraint_ids: [],
    missing: [],
    text_zh: '',
    text_en: '',
    article: null,
    remedy_zh: null,
    remedy_en: null,
    is_assumed: false,
    geometry: null,
  };
}

function layer(name: string, status: LayerStatus, share: number | null, findings: Finding[] = []): LayerAnswer {
  return {
    layer: name,
    control_kind: null,
    title_zh: name,
    title_en: name,
    version: 1,
    approval_no: null,
    valid_from: null,
    valid_to: null,
    accuracy_m: null,
    artefact_area_m2: 0,
    mandatory: true,
    status,
    covered_share: share,
    verdict: 'PASS',
    reason: null,
    findings,
  };
}

function site(layers: LayerAnswer[], project: Finding[] = []): SiteAnswer {
  return {
    site: 'site-1',
    name: null,
    parcel_code: null,
    area_m2: 1,
    area_ha: 0.0001,
    area_mu: 0.0015,
    verdict: 'PASS',
    text_zh: '',
    text_en: '',
    is_assumed: false,
    layers,
    project,
    missing_layers: [],
    not_asked: [],
  };
}

const names = (layers: LayerAnswer[]) => layers.map((one) => one.layer);

describe('reasons', () => {
  it('stand with the worst first, whether a layer or the project gives them', () => {
    const found = reasonsOf(site([layer('a', 'hit', 1, [finding('PASS'), finding('REVIEW')])], [finding('DENY')]));
    expect(found.map(({ key, finding: { verdict } }) => [key, verdict])).toEqual([
      ['project/0', 'DENY'],
      ['a/1', 'REVIEW'],
      ['a/0', 'PASS'],
    ]);
  });
});

describe('the three lists', () => {
  it('never call a layer clear that does not know all of the ground', () => {
    const lists = listsOf(
      site([
        layer('free', 'clear', 1),
        layer('half', 'clear', 0.5),
        layer('old', 'stale', 1),
        layer('none', 'not_covered', 0),
      ]),
    );
    expect(names(lists.clear)).toEqual(['free']);
    expect(names(lists.unknown)).toEqual(['half', 'old', 'none']);
    expect(lists.hit).toEqual([]);
  });

  it('have a layer that is hit in its covered part in both', () => {
    const lists = listsOf(site([layer('both', 'hit', 0.4, [finding('DENY'), finding('NO_DATA', 'not_covered')])]));
    expect(names(lists.hit)).toEqual(['both']);
    expect(names(lists.unknown)).toEqual(['both']);
    expect(lists.clear).toEqual([]);
  });

  it('take a line that only comes near for a hit', () => {
    expect(names(listsOf(site([layer('near', 'clear', 1, [finding('REVIEW', 'near')])])).hit)).toEqual(['near']);
  });

  it('hold every layer', () => {
    const layers = (['hit', 'clear', 'not_covered', 'stale', 'failed'] as const).map((status) =>
      layer(status, status, 1),
    );
    const { hit, clear, unknown } = listsOf(site(layers));
    expect(new Set(names([...hit, ...clear, ...unknown])).size).toBe(layers.length);
  });
});
