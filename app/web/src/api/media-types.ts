/** What the page accepts of the service. */

export const ACCEPT_JSON = 'application/geo+json, application/json';
