/** The first request of the page, sent before the code of the map is run: its answer is on the way while a slow machine is still busy with that. */

import { ACCEPT_JSON } from './media-types.ts';

const url = new URL('collections', new URL('.', location.href)).href;
// What somebody may see depends on who it is: a link that signs in comes first.
const isEntering = location.hash.includes('sign-in=');
let answer = isEntering ? null : fetch(url, { headers: { Accept: ACCEPT_JSON } });
// Whoever takes it is told what went wrong.
answer?.catch(() => {});

/** `fetch`, that takes the answer which is on the way already, once. */
export function fetchFromFirst(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const first = answer;
  if (first === null || input !== url || init?.method !== 'GET') return fetch(input, init);
  answer = null;
  return first;
}
