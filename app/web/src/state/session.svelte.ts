/** Who looks at the page, and what the service lets them do. */

import type { ApiClient } from '../api/client.ts';
import type { Schema } from '../api/schema.ts';

export type Scope = 'read' | 'check' | 'write';
type SessionInfo = Schema<'SessionInfo'>;

/** What signs in: a key, or the secret of a link that works once. */
export type Credentials = { key: string } | { link: string };

export class Session {
  #info: SessionInfo | null = $state.raw(null);

  /** Whether the service has said who looks at the page. */
  readonly isKnown: boolean = $derived(this.#info !== null);
  /** The name of the key that was used to sign in. */
  readonly holder: string | null = $derived(this.#info?.holder ?? null);
  /** Some answers name firms and holders: whoever presents a key may have them, and nobody else, however near. */
  readonly hasKey: boolean = $derived(this.holder !== null);
  readonly scope: Scope | null = $derived(this.#info?.scope ?? null);
  /** When the session ends; null where there is none. */
  readonly expiresAt: Date | null = $derived(this.#info?.expires_at ? new Date(this.#info.expires_at) : null);
  readonly mayCheck: boolean = $derived(this.scope === 'check' || this.scope === 'write');
  readonly mayWrite: boolean = $derived(this.scope === 'write');

  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  async load(): Promise<void> {
    this.#info = await this.#api.get<SessionInfo>('session');
  }

  async signIn(credentials: Credentials): Promise<void> {
    this.#info = (await this.#api.post<SessionInfo>('session', credentials)).body;
  }

  async signOut(): Promise<void> {
    await this.#api.delete('session');
    await this.load();
  }
}
