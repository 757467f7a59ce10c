/** The form of a site check and the request that it becomes. What is left open is left out: it is not known, never "no". */

import type { Polygon } from 'geojson';
import type { Stage } from './answer.ts';

export type LandSource = 'draw' | 'parcels' | 'file';
export type YesNo = '' | 'yes' | 'no';

export const INDICATORS = [
  'floor_area_ratio',
  'building_density',
  'green_ratio',
  'height_m',
  'building_coefficient',
  'office_land_share',
  'office_floor_share',
] as const;
export type Indicator = (typeof INDICATORS)[number];

export interface Question {
  by: LandSource;
  drawn: Polygon[];
  parcels: string[];
  /** The reference system of a file that does not say its own. */
  crs: string;
  useCode: string;
  useVersion: string;
  stage: Stage;
  asOf: string;
  industry: string;
  /** `none`: an activity that is not in the list of limited activities. */
  activity: string;
  takesNewLand: YesNo;
  isMajorProject: YesNo;
  county: string;
  indicators: Partial<Record<Indicator, string>>;
}

export function emptyQuestion(): Question {
  return {
    by: 'draw',
    drawn: [],
    parcels: [],
    crs: '',
    useCode: '',
    useVersion: 'GUIDE-2023',
    stage: 'investment',
    asOf: '',
    industry: '',
    activity: '',
    takesNewLand: '',
    isMajorProject: '',
    county: '',
    indicators: {},
  };
}

/** From the planning permit on the service asks for the figures of the building. */
export function asksForFigures(stage: Stage): boolean {
  return stage === 'planning_permit' || stage === 'building_permit';
}

export type Members = Record<string, string | number | boolean | Record<string, number>>;

/** The members of the request beside the land itself. */
export function facts(question: Question): Members {
  const { useCode, useVersion, stage, asOf, industry, activity, county } = question;
  const figures = asksForFigures(stage) ? readFigures(question.indicators) : {};
  const yesNo = (name: string, value: YesNo) => (value ? { [name]: value === 'yes' } : {});
  return {
    stage,
    ...(useCode && { use_code: useCode, use_code_version: useVersion }),
    ...(asOf && { as_of: asOf }),
    ...(industry.trim() && { industry_code: industry.trim() }),
    ...(activity.trim() && { activity_code: activity.trim() }),
    ...(county.trim() && { county_code: county.trim() }),
    ...yesNo('takes_new_construction_land', question.takesNewLand),
    ...yesNo('is_national_major_project', question.isMajorProject),
    ...(Object.keys(figures).length > 0 && { indicators: figures }),
  };
}

function readFigures(indicators: Question['indicators']): Record<string, number> {
  const given = Object.entries(indicators).filter(([, text]) => text?.trim());
  return Object.fromEntries(given.map(([name, text]) => [name, Number(text)]));
}

/** The JSON body for land that was drawn or is named by parcel codes. */
export function requestBody(question: Question): Record<string, unknown> {
  if (question.by === 'parcels') return { parcels: question.parcels, ...facts(question) };
  const features = question.drawn.map((geometry) => ({ type: 'Feature', properties: {}, geometry }));
  return { sites: { type: 'FeatureCollection', features }, ...facts(question) };
}

/** Figures cannot stand in a query, so they cannot go with a file that is sent as it is. */
export function fileQuery(question: Question): Record<string, string> {
  const { indicators: _, ...others } = facts(question);
  const texts = Object.entries(others).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(texts), ...(question.crs.trim() && { crs: question.crs.trim() }) };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  geojson: 'application/geo+json',
  json: 'application/geo+json',
  zip: 'application/zip',
  txt: 'text/plain',
  kml: 'application/vnd.google-earth.kml+xml',
  kmz: 'application/vnd.google-earth.kmz',
  gpkg: 'application/geopackage+sqlite3',
};

export const FILE_ENDINGS: readonly string[] = Object.keys(MEDIA_TYPES).map((ending) => `.${ending}`);

/** What a file is sent as, by the ending of its name; null for one that the service does not take. */
export function mediaTypeOf(fileName: string): string | null {
  const ending = fileName.split('.').at(-1)?.toLowerCase() ?? '';
  return MEDIA_TYPES[ending] ?? null;
}

/** What is still missing before the service can be asked. */
export function missingLand(question: Question, hasFile: boolean): LandSource | null {
  if (question.by === 'draw') return question.drawn.length > 0 ? null : 'draw';
  if (question.by === 'parcels') return question.parcels.length > 0 ? null : 'parcels';
  return hasFile ? null : 'file';
}

/** Parcel codes as somebody types or pastes them: separated by anything that is no part of a code. */
export function readCodes(text: string): string[] {
  return [...new Set(text.split(/[\s,，;；、]+/).filter(Boolean))];
}
