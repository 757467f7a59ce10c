/** Light or dark: as the reader's system has it, until the reader chooses. */

import { MediaQuery } from 'svelte/reactivity';

const STORAGE_NAME = 'duogui.theme';

export class Theme {
  #chosen: string | null = $state(localStorage.getItem(STORAGE_NAME));
  readonly #system = new MediaQuery('(prefers-color-scheme: dark)', false);

  get isDark(): boolean {
    return this.#chosen === 'dark' || (this.#chosen !== 'light' && this.#system.current);
  }

  /** Change to the other one and remember it. */
  toggle(): void {
    this.#chosen = this.isDark ? 'light' : 'dark';
    localStorage.setItem(STORAGE_NAME, this.#chosen);
  }
}
