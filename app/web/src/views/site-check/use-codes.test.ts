import { describe, expect, it } from 'vitest';
import { searchCodes, type UseCode } from './use-codes.ts';

function code(value: string, name_zh: string, name_en: string): UseCode {
  return {
    code: value,
    name_zh,
    name_en,
    level: 1,
    parent: null,
    land_class: 'construction',
    construction_status: 'construction',
    fill: '#ffffff',
  };
}

const CODES = [
  code('07', '居住用地', 'Residential land'),
  code('10', '工矿用地', 'Industrial and mining land'),
  code('1001', '工业用地', 'Industrial land'),
  code('100101', '一类工业用地', 'Class 1 industry'),
];

describe('searching codes', () => {
  it('finds a code from its left and names in both languages', () => {
    expect(searchCodes(CODES, '1001').map((found) => found.code)).toEqual(['1001', '100101']);
    expect(searchCodes(CODES, '工业').map((found) => found.code)).toEqual(['1001', '100101']);
    expect(searchCodes(CODES, 'INDUSTRIAL').map((found) => found.code)).toEqual(['10', '1001']);
  });

  it('finds a code as it stands in the field, with its name', () => {
    expect(searchCodes(CODES, '1001 工业用地').map((found) => found.code)).toEqual(['1001']);
  });

  it('gives all for nothing and none for nonsense', () => {
    expect(searchCodes(CODES, ' ')).toHaveLength(4);
    expect(searchCodes(CODES, '1001 xyz')).toEqual([]);
    expect(searchCodes(CODES, '', 2)).toHaveLength(2);
  });
});
