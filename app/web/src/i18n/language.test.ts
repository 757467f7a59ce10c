import { describe, expect, it } from 'vitest';
import { chooseLanguage, pickText } from './language.ts';

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
