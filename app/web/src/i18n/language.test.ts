import { describe, expect, it } from 'vitest';
import { chooseLanguage, pickText } from './language.ts';
import { MESSAGES } from './messages.ts';

describe('the language', () => {
  it('is the remembered one before the browser’s', () => {
    expect(chooseLanguage('en', ['zh-CN'])).toBe('en');
    expect(chooseLanguage('fr', ['zh-CN'])).toBe('zh');
  });

  it('is the first of the browser’s that the page speaks, else Chinese', () => {
    expect(chooseLanguage(null, ['de-DE', 'en-US', 'zh-CN'])).toBe('en');
    expect(chooseLanguage(null, ['zh-Hant-TW', 'en'])).toBe('zh');
    expect(chooseLanguage(null, ['de'])).toBe('zh');
  });

  it('falls back to the other text where one is missing', () => {
    expect(pickText('en', '宗地', null)).toBe('宗地');
    expect(pickText('zh', '', 'Parcel')).toBe('Parcel');
    expect(pickText('zh', null, undefined)).toBe('');
  });
});

describe('the texts', () => {
  it('exist in both languages and are not empty', () => {
    const names = (texts: object, prefix = ''): string[] =>
      Object.entries(texts).flatMap(([name, text]: [string, unknown]) =>
        typeof text === 'object' && text !== null
          ? names(text, `${prefix}${name}.`)
          : text === ''
            ? []
            : `${prefix}${name}`,
      );
    expect(names(MESSAGES.en).length).toBeGreaterThan(100);
    expect(names(MESSAGES.en).sort()).toEqual(names(MESSAGES.zh).sort());
  });
});
