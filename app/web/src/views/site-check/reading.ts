/** An answer put in the order in which somebody reads it: what decides, what was hit, what is free, what nobody knows. */

import { VERDICTS, type Verdict } from '../../api/types.ts';
import type { Finding, LayerAnswer, MissingKind, SiteAnswer } from './answer.ts';

/** A finding with what it was found of; `layer` is null for a rule about the project alone. */
export interface Reason {
  key: string;
  layer: LayerAnswer | null;
  finding: Finding;
}

export function severity(verdict: Verdict): number {
  return VERDICTS.length - VERDICTS.indexOf(verdict);
}

/** All findings of a site, the worst first; those of one verdict stay in the order of the service. */
export function reasonsOf(site: SiteAnswer): Reason[] {
  const ofLayers = site.layers.flatMap((layer) =>
    layer.findings.map((finding, position) => ({ key: `${layer.layer}/${position}`, layer, finding })),
  );
  const ofProject = site.project.map((finding, position) => ({ key: `project/${position}`, layer: null, finding }));
  return [...ofLayers, ...ofProject].sort((a, b) => severity(b.finding.verdict) - severity(a.finding.verdict));
}

export interface Lists {
  hit: LayerAnswer[];
  clear: LayerAnswer[];
  /** Layers that do not, or not everywhere, say what holds; one that is hit in its covered part stands in both lists. */
  unknown: LayerAnswer[];
  /** Kinds of which there is no layer at all. */
  missing: MissingKind[];
}

/** Three lists that together hold every layer: no data never reads as clear. */
export function listsOf(site: SiteAnswer): Lists {
  const hit = site.layers.filter(isHit);
  const unknown = site.layers.filter(isUnknown);
  const clear = site.layers.filter((layer) => !isHit(layer) && !isUnknown(layer));
  return { hit, clear, unknown, missing: site.missing_layers };
}

function isHit({ status, findings }: LayerAnswer): boolean {
  return status === 'hit' || findings.some(({ relation }) => relation !== 'not_covered');
}

function isUnknown({ status, covered_share }: LayerAnswer): boolean {
  return ['not_covered', 'stale', 'failed'].includes(status) || (covered_share !== null && covered_share < 1);
}
