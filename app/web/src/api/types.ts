/** What the service answers: the parts of its OGC API that the map page reads. Field names are the service's own. */

import type { Feature, Geometry } from 'geojson';
import type { Schema } from './schema.ts';

export type CollectionKind = Schema<'CollectionKind'>;
export type CollectionInfo = Schema<'CollectionAnswer'>;
export type Legend = Schema<'LegendAnswer'>;
export type LegendEntry = Schema<'LegendEntryAnswer'>;

/** The part of TileJSON 3.0 that decides which tiles exist. */
export interface Tileset {
  minzoom?: number;
  maxzoom?: number;
  bounds?: [number, number, number, number];
}

/** What every link has, wherever it stands. */
export type Link = Pick<Schema<'FeatureLink'>, 'rel' | 'href'>;

export type Properties = Record<string, unknown>;

export type Item<P = Properties> = Feature<Geometry, P> & { id: string | number };

export type ItemPage<P = Properties> = Omit<Schema<'FeaturePage'>, 'features'> & { features: Item<P>[] };

export type Verdict = Schema<'Verdict'>;

/** Verdicts from the worst to the best, the order in which they are listed. */
export const VERDICTS = ['DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS'] as const satisfies readonly Verdict[];

export type ParcelProperties = Schema<'ParcelProperties'>;
export type FindingProperties = Schema<'FindingProperties'>;
export type IdleCaseProperties = Schema<'IdleCaseProperties'>;

export type IdleKind = Schema<'IdleKind'>;

/** What a scan flags. */
export const IDLE_KINDS = [
  'idle_not_started',
  'idle_suspended',
  'late_start',
  'insufficient_data',
] as const satisfies readonly IdleKind[];
