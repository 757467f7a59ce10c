/** The decision form and the change that it becomes; what is left empty is left as it is. */

import type { PatchState } from './answers.ts';

export interface Decision {
  state: PatchState | '';
  plan: string;
  owner: string;
  deadline: string;
  districtOpinion: string;
  leadingGroupOpinion: string;
  cityOpinion: string;
  quotaSource: string;
  document: string;
  effectiveOn: string;
  note: string;
}

export function emptyDecision(): Decision {
  return {
    state: '',
    plan: '',
    owner: '',
    deadline: '',
    districtOpinion: '',
    leadingGroupOpinion: '',
    cityOpinion: '',
    quotaSource: '',
    document: '',
    effectiveOn: '',
    note: '',
  };
}

export function changeOf(decision: Decision): Record<string, string> {
  const fields: [string, string][] = [
    ['state', decision.state],
    ['decided_plan', decision.plan],
    ['owner', decision.owner],
    ['deadline', decision.deadline],
    ['district_opinion', decision.districtOpinion],
    ['leading_group_opinion', decision.leadingGroupOpinion],
    ['city_opinion', decision.cityOpinion],
    ['quota_source', decision.quotaSource],
    ['document', decision.document],
    ['effective_on', decision.effectiveOn],
    ['note', decision.note],
  ];
  return Object.fromEntries(fields.map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ''));
}

export type Missing = 'nothing' | 'plan' | 'document';

/** What a decision still lacks: something to change, what shall hold, or what puts it in force. */
export function missingOf(decision: Decision, hasPlan: boolean): Missing | null {
  const change = changeOf(decision);
  if (Object.keys(change).every((name) => name === 'note')) return 'nothing';
  if (['proposed', 'agreed'].includes(decision.state) && !decision.plan && !hasPlan) return 'plan';
  if (decision.state === 'applied' && !(change.document && change.effective_on)) return 'document';
  return null;
}
