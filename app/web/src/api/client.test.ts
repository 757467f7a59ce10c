import { describe, expect, it } from 'vitest';
import { ApiClient, nextQuery } from './client.ts';
import { ApiProblem } from './problem.ts';

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>;

function client(answer: Answer, onPending?: (pending: number) => void): ApiClient {
  const fetchFunction = (async (url: string, init: RequestInit) => answer(url, init)) as typeof fetch;
  return new ApiClient(new URL('https://bureau.example/gis/'), onPending, fetchFunction);
}

async function problemOf(promise: Promise<unknown>): Promise<ApiProblem> {
  const problem = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(ApiProblem);
  return problem as ApiProblem;
}

describe('requests', () => {
  it('stay below the folder that the page came from and escape ids', async () => {
    const urls: string[] = [];
    const api = client((url) => {
      urls.push(url);
      return Response.json({});
    });
    await api.item('parcels', '0/1 号');
    await api.items('findings', { verdict: 'DENY', limit: 5 });
    await api.tile('a b', 3, 1, 2, new AbortController().signal);
    expect(urls).toEqual([
      'https://bureau.example/gis/collections/parcels/items/0%2F1%20%E5%8F%B7',
      'https://bureau.example/gis/collections/findings/items?verdict=DENY&limit=5',
      'https://bureau.example/gis/collections/a%20b/tiles/WebMercatorQuad/3/1/2',
    ]);
  });

  it('carry the access key where there is one', async () => {
    const sent: (string | null)[] = [];
    const api = client((_, { headers }) => {
      sent.push(new Headers(headers).get('authorization'));
      return Response.json({ collections: [] });
    });
    await api.collections();
    api.accessKey = 'secret';
    await api.collections();
    expect(sent).toEqual([null, 'Bearer secret']);
  });

  it('are counted while they are under way, failed ones too', async () => {
    const counts: number[] = [];
    const api = client(
      () => new Response(null, { status: 500 }),
      (pending) => counts.push(pending),
    );
    await problemOf(api.legend('parcels'));
    expect(counts).toEqual([1, 0]);
  });

  it('read an empty tile as no bytes', async () => {
    const api = client(() => new Response(null, { status: 204 }));
    expect((await api.tile('parcels', 0, 0, 0, new AbortController().signal)).byteLength).toBe(0);
  });
});

describe('failures', () => {
  it('keep the words of the problem document', async () => {
    const body = { title: 'Unknown layer', detail: 'There is no layer x.', status: 404 };
    const headers = { 'content-type': 'application/problem+json' };
    const api = client(() => new Response(JSON.stringify(body), { status: 404, headers }));
    expect(await problemOf(api.legend('x'))).toMatchObject({
      status: 404,
      title: 'Unknown layer',
      detail: 'There is no layer x.',
      needsKey: false,
    });
  });

  it('have their status where the answer is no problem document', async () => {
    const html = client(() => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }));
    expect(await problemOf(html.collections())).toMatchObject({ status: 502, title: 'Bad Gateway', detail: '' });
    const headers = { 'content-type': 'application/json' };
    const broken = client(() => new Response('{', { status: 401, headers }));
    expect(await problemOf(broken.collections())).toMatchObject({ status: 401, needsKey: true });
  });

  it('without an answer have status 0', async () => {
    const api = client(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await problemOf(api.collections())).toMatchObject({ status: 0, detail: 'Failed to fetch' });
  });

  it('leave an abort as it is', async () => {
    const api = client(() => Promise.reject(new DOMException('stopped', 'AbortError')));
    await expect(api.collections()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('paging', () => {
  it('takes only the query of the next link: the service may name itself by another address', () => {
    const href = 'http://internal:8000/collections/findings/items?limit=2&after=abc%3D';
    const links = [
      { rel: 'self', href: 'x' },
      { rel: 'next', href },
    ];
    expect(nextQuery(links)).toBe('?limit=2&after=abc%3D');
  });

  it('ends where there is no next link', () => {
    expect(nextQuery([{ rel: 'self', href: 'x' }])).toBeNull();
    expect(nextQuery(undefined)).toBeNull();
  });
});
