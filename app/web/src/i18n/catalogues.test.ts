import { describe, expect, it } from 'vitest';
import { MESSAGES } from './messages.ts';

/** The catalogues of the views, and of the page itself. */
const MODULES = import.meta.glob<Record<string, object>>('../views/*/{zh,en}.ts', { eager: true });
const CATALOGUES: Record<string, { zh?: object; en?: object }> = { page: MESSAGES };
for (const [path, module] of Object.entries(MODULES)) {
  const [, view, language] = /views\/([^/]+)\/(zh|en)\.ts$/.exec(path)!;
  CATALOGUES[view!] = { ...CATALOGUES[view!], [language!]: module[language!] };
}

/** Every text by its path; a function of words is asked with words. */
function texts(catalogue: object, prefix = ''): [string, unknown][] {
  return Object.entries(catalogue).flatMap(([name, text]: [string, unknown]) => {
    if (typeof text === 'object' && text !== null) return texts(text, `${prefix}${name}.`);
    return [[`${prefix}${name}`, typeof text === 'function' ? 'spoken' : text] as [string, unknown]];
  });
}

describe.each(Object.entries(CATALOGUES))('the texts of %s', (_name, { zh, en }) => {
  it('exist in both languages', () => {
    expect(zh).toBeDefined();
    expect(en).toBeDefined();
    expect(texts(zh!).map(([name]) => name)).toEqual(expect.arrayContaining(texts(en!).map(([name]) => name)));
    expect(texts(en!).map(([name]) => name)).toEqual(expect.arrayContaining(texts(zh!).map(([name]) => name)));
  });

  it('are not empty in either', () => {
    const all = [...texts(zh!), ...texts(en!)];
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(([, text]) => typeof text !== 'string' || text.trim() === '')).toEqual([]);
  });
});

it('the page itself has more than a hundred texts', () => {
  expect(texts(MESSAGES.zh).length).toBeGreaterThan(100);
});
