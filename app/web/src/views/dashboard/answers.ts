/** What the service tells for the dashboard, by the names that its OpenAPI document has for it. */

import type { Schema } from '../../api/schema.ts';

export type AreaClass = Schema<'AreaClass'>;
export type LayerAreas = Schema<'LayerAreas'>;
export type Conflicts = Schema<'Conflicts'>;
export type Supervision = Schema<'Supervision'>;
export type Clocks = Schema<'Clocks'>;
export type LayerAge = Schema<'LayerAge'>;
export type Freshness = Schema<'Freshness'>;
export type LandFinding = Schema<'LandFindingAnswer'>;
