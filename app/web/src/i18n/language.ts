/** Which of the page's two languages to use. */

export type Language = 'zh' | 'en';

/** What `lang` and `Intl` want to hear. */
export const LANGUAGE_TAGS: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };

/** The remembered language where there is one, else the first of the browser's that the page speaks, else Chinese. */
export function chooseLanguage(remembered: string | null, preferred: readonly string[]): Language {
  if (remembered === 'zh' || remembered === 'en') return remembered;
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'zh' || primary === 'en') return primary;
  }
  return 'zh';
}

/** The text in the reader's language, or the other one where only that exists. */
export function pickText(language: Language, zh: string | null | undefined, en: string | null | undefined): string {
  return (language === 'zh' ? zh || en : en || zh) ?? '';
}
