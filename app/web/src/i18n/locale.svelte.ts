/** The language in use: every text and number on the page follows it. */

import { createAreaFormat, type AreaFormat } from '../format/numbers.ts';
import { chooseLanguage, LANGUAGE_TAGS, pickText, type Language } from './language.ts';
import { MESSAGES, type Messages } from './messages.ts';

const STORAGE_NAME = 'duogui.language';

export class Locale {
  language: Language = $state('zh');
  readonly text: Messages = $derived(MESSAGES[this.language]);
  readonly format: AreaFormat = $derived(createAreaFormat(LANGUAGE_TAGS[this.language]));

  constructor() {
    this.language = chooseLanguage(localStorage.getItem(STORAGE_NAME), navigator.languages);
  }

  get tag(): string {
    return LANGUAGE_TAGS[this.language];
  }

  /** A view's own texts in the language in use. */
  of<T>(catalogue: Record<Language, T>): T {
    return catalogue[this.language];
  }

  /** Names one after another, as the language separates them. */
  list(names: readonly string[]): string {
    return names.join(this.language === 'zh' ? '、' : ', ');
  }

  /** Change to the other language and remember it. */
  toggle(): void {
    this.language = this.language === 'zh' ? 'en' : 'zh';
    localStorage.setItem(STORAGE_NAME, this.language);
  }

  pick(zh: string | null | undefined, en: string | null | undefined): string {
    return pickText(this.language, zh, en);
  }

  /** The text in the language that is not in use, or null where it is missing or the same. */
  pickOther(zh: string | null | undefined, en: string | null | undefined): string | null {
    const other = this.language === 'zh' ? en : zh;
    return other && other !== this.pick(zh, en) ? other : null;
  }
}
