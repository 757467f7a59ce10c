/** Failed requests as one kind of error, read from the service's RFC 9457 problem documents. */

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  /**
   * @param url the address that was asked for
   * @param status the HTTP status, 0 when no answer came at all
   * @param title the problem's title, empty when the answer carried none
   * @param detail the problem's detail, empty when the answer carried none
   */
  constructor(
    readonly url: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super([title, detail, status ? `(${status})` : ''].filter(Boolean).join(' '));
  }

  get needsKey(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The problem that a refused answer states, or its bare status where the body is no problem document. */
export async function problemFromResponse(url: string, response: Response): Promise<ApiProblem> {
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(problem\+)?json/i.test(type)) {
    return new ApiProblem(url, response.status, response.statusText, '');
  }
  try {
    const body = (await response.json()) as Record<string, unknown>;
    return new ApiProblem(url, response.status, text(body.title) || response.statusText, text(body.detail));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new ApiProblem(url, response.status, response.statusText, '');
  }
}

/** The problem of a request that got no usable answer; an error that is one already stays as it is. */
export function problemFromFailure(url: string, error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(url, 0, '', error instanceof Error ? error.message : String(error));
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
