/** Searching a table of land-use codes: by the code from its left, or by any part of a name in either language. */

import type { Schema } from '../../api/schema.ts';

export type UseCode = Schema<'TableCode'>;

/** The codes that fit, those with the code first; all of them for an empty text. */
export function searchCodes(codes: readonly UseCode[], text: string, limit = 60): UseCode[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return codes.slice(0, limit);
  const byCode = codes.filter(({ code }) => code.toLowerCase().startsWith(wanted));
  const byName = codes.filter(
    ({ code, name_zh, name_en }) =>
      !code.toLowerCase().startsWith(wanted) &&
      (name_zh.includes(wanted) || name_en.toLowerCase().includes(wanted) || `${code} ${name_zh}`.includes(wanted)),
  );
  return [...byCode, ...byName].slice(0, limit);
}
