/** Which column of a delivery gives which field of the layer: as it was proposed, and as somebody changed it. */

import type { Schema } from '../../api/schema.ts';
import type { DeliveryReport } from './report.ts';

export type ContractField = Schema<'DeliveredField'>;

/** The heading of the table of fields. */
export const MAPPING_HEADING = 'mapping-heading';
/** A source that starts with this is the value itself, not the name of a column. */
export const CONSTANT = '=';

export interface MappingRow {
  field: ContractField;
  /** The column, `=text` for a constant, empty where nothing gives the field. */
  source: string;
  /** Why the service proposes this column; null where somebody chose it, or nobody did. */
  reason: { zh: string; en: string } | null;
  isMissing: boolean;
}

/** The fields of the layer, the required ones and those that had a source in the report first: no row moves while one is changed. */
export function mappingRows(
  fields: readonly ContractField[],
  report: DeliveryReport,
  given: Readonly<Record<string, string>>,
): MappingRow[] {
  const proposed = new Map(report.settings.proposed_mapping.map((one) => [one.target, one]));
  const rows = fields.map((field) => {
    const own = given[field.name];
    const proposal = own === undefined ? proposed.get(field.name) : undefined;
    const source = own ?? proposal?.source ?? '';
    return { field, source, reason: proposal ? { zh: proposal.zh, en: proposal.en } : null, isMissing: source === '' };
  });
  const reported = (name: string) => proposed.has(name) || report.settings.given_mapping[name] !== undefined;
  const rank = ({ field }: MappingRow) => (field.required ? 0 : reported(field.name) ? 1 : 2);
  return rows.sort((a, b) => rank(a) - rank(b));
}

/** The mapping with one field changed: an empty source leaves the field to the service's proposal. */
export function changeMapping(
  given: Readonly<Record<string, string>>,
  target: string,
  source: string,
): Record<string, string> {
  const { [target]: _, ...others } = given;
  return source === '' ? others : { ...others, [target]: source };
}

/** Whether the report was made with another mapping than the one that is wanted now. */
export function isStale(report: DeliveryReport, given: Readonly<Record<string, string>>): boolean {
  const told = report.settings.given_mapping;
  const names = new Set([...Object.keys(told), ...Object.keys(given)]);
  return [...names].some((name) => told[name] !== given[name]);
}

/** What of the mapping of an earlier version fits this file and is not in effect: its columns are there, or it is a constant. */
export function formerMapping(
  former: Readonly<Record<string, string>> | undefined,
  report: DeliveryReport,
  rows: readonly MappingRow[],
): Record<string, string> {
  const inEffect = new Map(rows.map(({ field, source }) => [field.name, source]));
  const fits = ([name, source]: [string, string]) =>
    inEffect.has(name) &&
    inEffect.get(name) !== source &&
    (source.startsWith(CONSTANT) || report.source.fields.includes(source));
  return Object.fromEntries(Object.entries(former ?? {}).filter(fits));
}
