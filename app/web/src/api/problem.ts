/** Failed requests as one kind of error, read from the service's RFC 9457 problem documents. */

/** What a problem document says beyond its title and detail, such as `errors`, `candidates` or `field`. */
export type ProblemExtra = Readonly<Record<string, unknown>>;

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  /**
   * @param url the address that was asked for
   * @param status the HTTP status, 0 when no answer came at all
   * @param title the problem's title, empty when the answer carried none
   * @param detail the problem's detail, empty when the answer carried none
   * @param extra the document's other members
   */
  constructor(
    readonly url: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly extra: ProblemExtra = {},
  ) {
    super([title, detail, status ? `(${status})` : ''].filter(Boolean).join(' '));
  }

  get needsKey(): boolean {
    return this.status === 401 || this.status === 403;
  }

  /** The last part of the problem's type, such as `key-required`; empty where the answer had none. */
  get type(): string {
    return text(this.extra.type).split(/[/:]/).at(-1) ?? '';
  }

  /** No answer, or one that says that asking again may help. */
  get isPassing(): boolean {
    return this.status === 0 || [429, 502, 503, 504].includes(this.status);
  }

  /** What is wrong with single fields, as `errors` of the document says it: `name: sentence`. */
  get fieldErrors(): string[] {
    const { errors } = this.extra;
    if (!Array.isArray(errors)) return [];
    return errors.map((error: unknown) => {
      if (typeof error !== 'object' || error === null) return String(error);
      const { name, detail } = error as Record<string, unknown>;
      return [text(name), text(detail)].filter(Boolean).join(': ');
    });
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The problem that a refused answer states, or its bare status where the body is no problem document. */
export async function problemFromResponse(url: string, response: Response): Promise<ApiProblem> {
  return readProblem(url, response.status, response.statusText, response.headers.get('content-type'), () =>
    response.text(),
  );
}

/** The problem that a document states, such as the one that ended a job; its status where it has one. */
export function problemFromDocument(url: string, document: object, status = 500, statusText = ''): ApiProblem {
  const { title, detail, ...extra } = document as Record<string, unknown>;
  return new ApiProblem(url, Number(extra.status ?? status), text(title) || statusText, text(detail), extra);
}

/** The same of an answer that came by another way than `fetch`. */
export async function readProblem(
  url: string,
  status: number,
  statusText: string,
  mediaType: string | null,
  body: () => Promise<string>,
): Promise<ApiProblem> {
  if (!/^application\/(problem\+)?json/i.test(mediaType ?? '')) return new ApiProblem(url, status, statusText, '');
  try {
    return problemFromDocument(url, JSON.parse(await body()), status, statusText);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new ApiProblem(url, status, statusText, '');
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
