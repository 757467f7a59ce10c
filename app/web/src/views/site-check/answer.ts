/** What the service answers to a site check (docs/site-check.md), by the names that its OpenAPI document has for it. */

import type { Geometry } from 'geojson';
import type { Schema } from '../../api/schema.ts';

/** GeoJSON is a plain object in the OpenAPI document. */
export type Finding = Omit<Schema<'FindingOfSite'>, 'geometry'> & { geometry: Geometry | null };
export type LayerAnswer = Omit<Schema<'LayerOfSite'>, 'findings'> & { findings: Finding[] };
export type SiteAnswer = Omit<Schema<'AnsweredSite'>, 'layers' | 'project'> & {
  layers: LayerAnswer[];
  project: Finding[];
};
export type CheckAnswer = Omit<Schema<'StoredSiteCheck'>, 'sites'> & { sites: SiteAnswer[] };
export type LayerStatus = LayerAnswer['status'];
export type MissingKind = Schema<'MissingLayer'>;
export type Stage = CheckAnswer['question']['stage'];

export const STAGES = [
  'investment',
  'project_approval',
  'planning_permit',
  'building_permit',
] as const satisfies readonly Stage[];
