/** The service's own types: `Schema<'StatusInfo'>` is what the OpenAPI document calls so. Made by `npm run types`. */

import type { components, paths } from './openapi.d.ts';

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** What a GET of a path answers: `Answer<'/jobs/{job_id}'>`. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;
