import type { FindingProperties } from '../api/types.ts';
import type { Messages } from '../i18n/messages.ts';

/** What sets a finding apart from a plain overlap, in words. */
export function findingTags({ relation, overlap_class }: FindingProperties, text: Messages): string[] {
  const tags: string[] = [];
  if (relation === 'outside' || relation === 'not_covered') tags.push(text.findings[relation]);
  if (overlap_class === 'sliver' || overlap_class === 'artefact') tags.push(text.findings[overlap_class]);
  return tags;
}
