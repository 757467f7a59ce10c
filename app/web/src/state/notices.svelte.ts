/** Messages about what went wrong. One stands until it is dismissed or what it tells of works again. */

import type { ApiProblem } from '../api/problem.ts';
import type { Messages } from '../i18n/messages.ts';

export interface Notice {
  /** What it is about; a later notice with the same key takes its place. */
  key: string;
  /** Chosen when shown, so that it follows a change of language. */
  title: (text: Messages) => string;
  problem: ApiProblem | null;
  detail?: string;
  retry?: () => void;
}

export class Notices {
  items: Notice[] = $state.raw([]);

  show(notice: Notice): void {
    const position = this.items.findIndex(({ key }) => key === notice.key);
    this.items = position < 0 ? [...this.items, notice] : this.items.with(position, notice);
  }

  dismiss(key: string): void {
    if (this.items.some((notice) => notice.key === key)) this.items = this.items.filter((notice) => notice.key !== key);
  }
}
