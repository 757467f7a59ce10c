/** What the service says of a delivery (docs/intake.md): the free-form members of its report, as far as the page reads them. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';

export type Severity = 'error' | 'warning' | 'note';

export interface Fault {
  severity: Severity;
  kind: string;
  source_row: number | null;
  feature_id: string | null;
  field: string | null;
  text_zh: string;
  text_en: string;
  area_m2: number | null;
  width_m: number | null;
}

export interface FaultGroup {
  kind: string;
  group: string;
  severity: Severity;
  title_zh: string;
  title_en: string;
  remedy_zh: string;
  remedy_en: string;
  count: number;
  kept: number;
  examples: (Fault & { geometry: Geometry | null })[];
}

export interface ProposedField {
  target: string;
  source: string;
  confidence: string;
  zh: string;
  en: string;
}

export interface CRSProposal {
  epsg: number | null;
  name?: string;
  reason_zh: string;
  reason_en: string;
}

export interface DeliveryReport {
  source: {
    name: string;
    layer: string;
    driver: string;
    fields: string[];
    /** A few values of each field. */
    examples?: Record<string, string[]>;
    crs: string | null;
    crs_epsg: number | null;
    encoding: string | null;
  };
  settings: {
    kind: string;
    given_mapping: Record<string, string>;
    proposed_mapping: ProposedField[];
    unused_fields: string[];
    proposal: CRSProposal | null;
    proposal_accepted: boolean;
  };
  counts: Counts;
  severities: Record<Severity, number>;
  checks: { name: string; status: 'done' | 'partly' | 'not_done'; zh: string; en: string }[];
  faults: FaultGroup[];
}

export interface Counts {
  read: number;
  accepted: number;
  repaired: number;
  rejected: number;
}

export type FaultFeature = Feature<Geometry | null, Fault>;
export type Faults = FeatureCollection<Geometry | null, Fault>;

/** Accepted, repaired and rejected are together what was read, or something was lost. */
export function isComplete({ read, accepted, repaired, rejected }: Counts): boolean {
  return accepted + repaired + rejected === read;
}

/** The parts of a bar that is as long as what was read. */
export function shares({
  read,
  accepted,
  repaired,
  rejected,
}: Counts): Record<'accepted' | 'repaired' | 'rejected', number> {
  const share = (part: number) => (read > 0 ? part / read : 0);
  return { accepted: share(accepted), repaired: share(repaired), rejected: share(rejected) };
}

/** The faults of one kind and severity that have a place. */
export function placesOf(faults: Faults | null, kind: string | null): FaultFeature[] {
  const features = faults?.features ?? [];
  return features.filter(
    ({ geometry, properties }) => geometry !== null && (kind === null || properties.kind === kind),
  );
}
