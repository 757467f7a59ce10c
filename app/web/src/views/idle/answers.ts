/** What the service tells of idle land, by the names that its OpenAPI document has for it. */

import type { Schema } from '../../api/schema.ts';

export type LandRow = Schema<'LandRow'>;
export type LandPage = Schema<'LandPage'>;
export type LandGroups = Schema<'LandGroups'>;
export type ContractLand = Schema<'LandOfContract'>;
export type Timeline = Schema<'Timeline'>;
export type Mark = Schema<'ClockMark'>;
export type CauseInterval = Schema<'ExcusedInterval'>;
export type LawNumber = Schema<'LawNumber'>;
export type OptionAnswer = Schema<'OptionOfCase'>;
/** Problem documents have them too. */
export type Obstacle = Schema<'ObstacleAnswer'>;
export type DisposalCase = Schema<'DisposalCaseAnswer'>;
export type NextMove = Schema<'NextMove'>;
export type MadeMove = Schema<'MadeMove'>;
export type Letter = Schema<'LetterAnswer'>;
export type Evidence = Schema<'LandEvidenceAnswer'>;
export type Observation = Schema<'SceneReading'>;
export type Published = Schema<'PublishedLand'>;
export type Stage = LandRow['stage'];
export type Bearing = NonNullable<LandRow['bearing']>;

/** In the order in which a case goes through them. */
export const STAGES = [
  'none',
  'suspect',
  'survey',
  'evidence',
  'not_idle',
  'determined',
  'published',
  'filed',
  'plan_agreed',
  'plan_approved',
  'hearing',
  'fee_decided',
  'fee_paid',
  'recovery_decided',
  'enforcement',
  'disposed',
  'recovered',
  'reused',
  'ended',
] as const satisfies readonly Stage[];

/** The kinds of tables that are delivered, contracts first. */
export const TABLE_KINDS = [
  'contracts',
  'enterprises',
  'approvals',
  'supplies',
  'firm_years',
  'land_in_use',
  'temporary_uses',
  'grant_terms',
  'promises',
] as const;
export type TableKind = (typeof TABLE_KINDS)[number];

/** The result of the job that imports a table. */
export type TableReport = Schema<'TableReport'>;
