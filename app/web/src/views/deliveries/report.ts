/** What the service says of a delivery (docs/intake.md), by the names that its OpenAPI document has for it. */

import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Schema } from '../../api/schema.ts';

/** GeoJSON is a plain object in the OpenAPI document. */
type Example = Omit<Schema<'DeliveryFault'>, 'geometry'> & { geometry: Geometry | null };
export type FaultGroup = Omit<Schema<'DeliveryFaults'>, 'examples'> & { examples: Example[] };
export type DeliveryReport = Omit<Schema<'DeliveryReport'>, 'faults'> & { faults: FaultGroup[] };
export type Severity = FaultGroup['severity'];
export type CRSProposal = Schema<'ProposedSystem'>;
export type Counts = DeliveryReport['counts'];

export type FaultFeature = Feature<Geometry | null, Schema<'PlacedFault'>['properties']>;
export type Faults = FeatureCollection<Geometry | null, FaultFeature['properties']>;

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
