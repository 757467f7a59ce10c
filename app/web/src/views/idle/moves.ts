/** The form of each move: what it asks for beside day, document and note. The names are the service's own. */

import type { paths } from '../../api/openapi.d.ts';

type MoveBody = paths['/idle-cases/{case_id}/moves']['post']['requestBody']['content']['application/json'];
/** Scans open cases and observe them; nobody does it by hand. */
export type Action = Exclude<NonNullable<MoveBody['action']>, 'open' | 'observe'>;

/** The heading of the steps. */
export const STEPS_HEADING = 'steps-heading';

export type FieldKind = 'day' | 'line' | 'text' | 'amount' | 'choice' | 'yes';

export interface MoveField {
  /** Where it stands in the body, such as `facts.holder_address`. */
  path: string;
  kind: FieldKind;
  required?: boolean;
  /** For a choice; their names are in the messages. */
  choices?: readonly string[];
  /** Only asked for where another field has this value. */
  when?: readonly [path: string, value: string];
}

export type FormValues = Record<string, string>;

const CAUSES = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'FM', 'E'] as const;
const KINDS = ['idle_not_started', 'idle_suspended'] as const;

const day = (path: string, required = false): MoveField => ({ path, kind: 'day', required });
const line = (path: string, required = false): MoveField => ({ path, kind: 'line', required });
const words = (path: string, required = true): MoveField => ({ path, kind: 'text', required });
const amount = (path: string, required = false): MoveField => ({ path, kind: 'amount', required });
const yes = (path: string): MoveField => ({ path, kind: 'yes' });
const choice = (path: string, choices: readonly string[], required = true): MoveField => ({
  path,
  kind: 'choice',
  choices,
  required,
});

const PLANS: Record<string, readonly MoveField[]> = {
  extension: [
    day('plan.supplement_start_date', true),
    day('plan.extended_start_date', true),
    day('plan.completion_date', true),
    words('plan.liability'),
  ],
  change_of_use: [
    line('plan.new_use', true),
    day('plan.new_start_date', true),
    amount('plan.price_difference_yuan', true),
    line('plan.review_opinion'),
  ],
  temporary_use: [day('plan.arranged_on', true), day('plan.until', true), words('plan.purpose')],
  paid_recovery: [amount('plan.compensation_yuan', true), choice('plan.funding', ['budget', 'bond_buyback'])],
  swap: [
    line('plan.new_parcel_code', true),
    day('plan.new_start_date', true),
    amount('plan.value_yuan', true),
    amount('plan.new_value_yuan', true),
    line('plan.use', true),
    line('plan.new_use', true),
    yes('plan.is_price_paid'),
    yes('plan.are_funds_in_place'),
  ],
  other: [words('plan.text'), day('plan.new_start_date', true)],
};

const READINESS = ['water', 'drainage', 'power', 'telecom', 'road', 'gas', 'heat', 'levelled'] as const;
const CLEAN_LAND = [
  'has_clear_rights',
  'is_compensated',
  'is_undisputed',
  'has_fixed_conditions',
  'has_start_conditions',
] as const;

export const MOVE_FIELDS: Record<Action, readonly MoveField[]> = {
  notify_survey: [day('served_on')],
  submit_evidence: [words('text')],
  prove_cause: [choice('code', CAUSES), day('first_day', true), day('last_day'), words('evidence')],
  attach_evidence: [
    line('source', true),
    choice('method', ['raster', 'buildings', 'night_lights', 'patrol', 'photo', 'document']),
    choice('says', ['supports', 'contradicts', 'cannot_tell']),
    words('text'),
  ],
  find_not_idle: [words('reason')],
  determine: [choice('kind', KINDS), choice('cause', CAUSES), words('basis')],
  publish: [line('department_notified')],
  file: [line('filing_no', true)],
  agree_plan: [
    choice('plan.option', Object.keys(PLANS)),
    ...Object.entries(PLANS).flatMap(([option, fields]) =>
      fields.map((field): MoveField => ({ ...field, when: ['plan.option', option] })),
    ),
  ],
  approve_plan: [line('approval_no', true), day('mortgagees_notified_on')],
  carry_out_plan: [line('agreement_no', true)],
  notify_hearing: [choice('purpose', ['fee', 'recovery']), day('served_on')],
  request_hearing: [],
  hold_hearing: [words('outcome')],
  decide_fee: [line('approval_no', true), day('served_on')],
  pay_fee: [amount('amount_yuan', true)],
  record_start: [line('permit_no', true)],
  decide_recovery: [line('approval_no', true), day('served_on'), day('mortgagees_notified_on')],
  appeal: [choice('by', ['review', 'lawsuit'])],
  settle_appeal: [choice('outcome', ['upheld', 'annulled'])],
  enforce: [choice('means', ['public_cancellation', 'court'])],
  deregister: [line('register_no', true)],
  reuse: [
    choice('use', ['supply', 'reserve', 'cultivation']),
    yes('is_soil_intact'),
    yes('has_near_term_project'),
    ...READINESS.map((name) => choice(`readiness.${name}`, ['true', 'false'], false)),
    ...CLEAN_LAND.map((name) => choice(`clean_land.${name}`, ['true', 'false'], false)),
  ],
  change_register: [line('register_no', true)],
  unpublish: [],
  end: [],
  object: [words('text')],
  answer_objection: [choice('outcome', ['rejected', 'upheld']), words('text')],
  correct: [
    line('facts.holder'),
    line('facts.holder_address'),
    line('facts.holder_credit_code'),
    line('facts.place'),
    line('facts.parcel_code'),
    choice('facts.kind', KINDS, false),
    day('facts.agreed_start_date'),
    day('facts.suspended_since'),
    amount('facts.area_m2'),
    amount('facts.price_yuan'),
    words('reason'),
  ],
};

export function isAction(name: string): name is Action {
  return Object.hasOwn(MOVE_FIELDS, name);
}

/** The fields that a form has now: some depend on what was chosen in others. */
export function fieldsOf(action: Action, values: FormValues): MoveField[] {
  return MOVE_FIELDS[action].filter(({ when }) => !when || values[when[0]] === when[1]);
}

/** The last part of a field's path: what its name stands under in the messages. */
export function nameOf({ path }: MoveField): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** The required fields that are still empty. */
export function missingFields(action: Action, values: FormValues): MoveField[] {
  return fieldsOf(action, values).filter((field) => field.required && !values[field.path]?.trim());
}

/** The body of the request: what was left empty is left out, fields with a path stand in their object. */
export function moveBody(action: Action, values: FormValues): Record<string, unknown> {
  const body: Record<string, unknown> = { action };
  for (const path of ['on', 'document_no', 'note']) if (values[path]?.trim()) body[path] = values[path]!.trim();
  for (const field of fieldsOf(action, values)) {
    const value = field.kind === 'yes' ? values[field.path] === 'true' : readValue(field, values[field.path]);
    if (value !== undefined) place(body, field.path.split('.'), value);
  }
  return body;
}

function readValue({ choices }: MoveField, typed: string | undefined): string | boolean | undefined {
  const value = typed?.trim();
  if (!value) return undefined;
  return choices?.[0] === 'true' ? value === 'true' : value;
}

function place(object: Record<string, unknown>, [name, ...rest]: string[], value: unknown): void {
  if (rest.length === 0) object[name!] = value;
  else place((object[name!] ??= {}) as Record<string, unknown>, rest, value);
}

/** What is known of the land and its holder, which a correction changes. */
export const FACTS: readonly string[] = MOVE_FIELDS.correct.map(nameOf).filter((name) => name !== 'reason');

/** A sentence of the service with the names of facts and of conditions as people know them. */
export function withFactsNamed(sentence: string, labels: Readonly<Record<string, string>>): string {
  return [...FACTS, ...CLEAN_LAND].reduce(
    (told, name) => told.replace(new RegExp(`\\b${name}\\b`, 'g'), labels[name] ?? name),
    sentence,
  );
}

/** Whether a refusal is for a fact that nobody has stated: a correction adds it. */
export function lacksFacts(obstacles: readonly { en: string }[]): boolean {
  return obstacles.some(({ en }) => FACTS.some((name) => new RegExp(`missing.*\\b${name}\\b`).test(en)));
}

/** The letter that belongs to a move. */
export const LETTER_OF: Partial<Record<Action, string>> = {
  notify_survey: 'survey_notice',
  determine: 'determination',
  notify_hearing: 'hearing_notice',
  decide_fee: 'fee_decision',
  decide_recovery: 'recovery_decision',
};

/** Moves that carry the case on come first; what may be done at any time stands behind. */
const SIDE_MOVES: readonly string[] = ['attach_evidence', 'correct', 'object', 'prove_cause'];

export function sortMoves<T extends { action: string; leads_to: string | null }>(moves: readonly T[]): T[] {
  const rank = (move: T) => (SIDE_MOVES.includes(move.action) ? 2 : move.leads_to ? 0 : 1);
  return [...moves].sort((a, b) => rank(a) - rank(b));
}
