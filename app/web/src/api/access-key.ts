/** The reader's access key, kept for as long as the browser tab is open and no longer. */

const STORAGE_NAME = 'duogui.access-key';

export function readAccessKey(): string | null {
  return sessionStorage.getItem(STORAGE_NAME);
}

export function writeAccessKey(key: string | null): void {
  if (key) sessionStorage.setItem(STORAGE_NAME, key);
  else sessionStorage.removeItem(STORAGE_NAME);
}
