import type { FindingProperties } from '../api/types.ts';
import type { Messages } from '../i18n/messages.ts';

/** What sets a finding apart from a plain overlap, in words. */
export function findingTags({ relation, overlap_class, certainty }: FindingProperties, text: Messages): string[] {
  const tags: string[] = [];
  if (relation !== 'overlap') tags.push(text.findings[relation]);
  if (overlap_class === 'sliver') tags.push(text.findings.sliver);
  if (certainty === 'doubtful_hit') tags.push(text.findings.doubtful_hit);
  return tags;
}
