/** What somebody has typed and not sent yet: kept for as long as the browser tab is open, through a reload too. */

const PREFIX = 'duogui.draft.';

export class Draft<T> {
  value: T = $state()!;
  readonly #name: string;
  readonly #initial: string;

  constructor(key: string, initial: T) {
    this.#name = PREFIX + key;
    this.#initial = JSON.stringify(initial);
    this.value = this.#read() ?? initial;
    // It lives as long as the page: another look at the same form finds the same draft.
    $effect.root(() => {
      $effect(() => this.#write(JSON.stringify(this.value)));
    });
  }

  /** Whether it holds anything but what it began with. */
  get isChanged(): boolean {
    return JSON.stringify(this.value) !== this.#initial;
  }

  /** Forget it: it was sent, or is not wanted. What somebody has made of it since `sent` is kept. */
  clear(sent?: T): void {
    if (sent !== undefined && JSON.stringify(sent) !== JSON.stringify(this.value)) return;
    this.value = JSON.parse(this.#initial) as T;
  }

  #read(): T | null {
    try {
      return JSON.parse(sessionStorage.getItem(this.#name) ?? 'null') as T | null;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return null;
    }
  }

  #write(text: string): void {
    if (text === this.#initial) sessionStorage.removeItem(this.#name);
    else sessionStorage.setItem(this.#name, text);
  }
}

const drafts = new Map<string, Draft<unknown>>();

/** The draft of this name; `initial` (plain JSON) is what it begins with. Read and write its `value`. */
export function draft<T>(key: string, initial: T): Draft<T> {
  const known = drafts.get(key) ?? new Draft<unknown>(key, initial);
  drafts.set(key, known);
  return known as Draft<T>;
}
