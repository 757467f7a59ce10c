import { describe, expect, it } from 'vitest';
import { ApiClient, fileName, nextQuery } from './client.ts';
import { ApiProblem } from './problem.ts';

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>;

function client(answer: Answer, onPending?: (pending: number) => void): ApiClient {
  const fetchFunction = (async (url: string, init: RequestInit) => answer(url, init)) as typeof fetch;
  const api = new ApiClient(new URL('https://bureau.example/gis/'), onPending, fetchFunction);
  api.retryAfterMs = [0, 0];
  return api;
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
    await api.tile('a b', { z: 3, y: 1, x: 2 }, '2026-01-31', new AbortController().signal);
    expect(urls).toEqual([
      'https://bureau.example/gis/collections/parcels/items/0%2F1%20%E5%8F%B7',
      'https://bureau.example/gis/collections/findings/items?verdict=DENY&limit=5',
      'https://bureau.example/gis/collections/a%20b/tiles/WebMercatorQuad/3/1/2?as-of=2026-01-31',
    ]);
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
    expect((await api.tile('parcels', { z: 0, y: 0, x: 0 }, null, new AbortController().signal)).byteLength).toBe(0);
  });
});

describe('writing', () => {
  it('sends JSON, says that a page of the service sends it, and gives headers and body back', async () => {
    const sent: [string, RequestInit][] = [];
    const api = client((url, init) => {
      sent.push([url, init]);
      return Response.json({ jobID: '7' }, { status: 201, headers: { location: '/jobs/7' } });
    });
    const reply = await api.post<{ jobID: string }>('check-runs', { target: 'parcels' });
    expect(reply.status).toBe(201);
    expect(reply.body.jobID).toBe('7');
    expect(reply.headers.get('location')).toBe('/jobs/7');
    await api.patch('layers/x', { title_en: 'X' });
    await api.delete('jobs/7');
    expect(sent.map(([, { method }]) => method)).toEqual(['POST', 'PATCH', 'DELETE']);
    expect(sent.map(([, { body }]) => body)).toEqual(['{"target":"parcels"}', '{"title_en":"X"}', null]);
    const headers = sent.map(([, init]) => new Headers(init.headers));
    expect(headers.map((one) => one.get('content-type'))).toEqual([
      'application/json',
      'application/merge-patch+json',
      null,
    ]);
    expect(headers.map((one) => one.get('x-duogui-page'))).toEqual(['1', '1', '1']);
  });

  it('reads an answer without a body as undefined', async () => {
    const api = client(() => new Response(null, { status: 204 }));
    expect((await api.delete('jobs/7')).body).toBeUndefined();
  });

  it('is not repeated by itself when the connection is lost', async () => {
    let count = 0;
    const api = client(() => {
      count += 1;
      return Promise.reject(new TypeError('Failed to fetch'));
    });
    await problemOf(api.post('check-runs', {}));
    expect(count).toBe(1);
  });
});

describe('addresses', () => {
  it('leave out what has no value and repeat a list', () => {
    const api = client(() => Response.json({}));
    expect(api.address('jobs', { status: ['running', 'failed'], limit: 5, type: null, q: undefined })).toBe(
      'https://bureau.example/gis/jobs?status=running&status=failed&limit=5',
    );
  });

  it('have the name of a file from the header that came with it', () => {
    expect(fileName('attachment; filename="a.txt"; filename*=UTF-8\'\'%E5%9C%B0%E5%9D%97.txt')).toBe('地块.txt');
    expect(fileName('attachment; filename="report.pdf"')).toBe('report.pdf');
    expect(fileName(null)).toBeNull();
  });
});

describe('a lost connection', () => {
  it('is told of and reads are asked again until the service is back', async () => {
    let count = 0;
    const api = client(() =>
      ++count < 3 ? Promise.reject(new TypeError('Failed to fetch')) : Response.json({ ok: 1 }),
    );
    const told: boolean[] = [];
    api.onConnection = (isConnected) => told.push(isConnected);
    expect(await api.get('collections')).toEqual({ ok: 1 });
    expect(count).toBe(3);
    expect(told).toEqual([false, true]);
  });
});

describe('failures', () => {
  it('keep the other members of the problem document', async () => {
    const body = {
      type: 'urn:duogui:problem:bad-field',
      title: 'Bad',
      detail: 'd',
      errors: [{ in: 'body', name: 'use', detail: 'is missing' }],
    };
    const headers = { 'content-type': 'application/problem+json' };
    const api = client(() => new Response(JSON.stringify(body), { status: 400, headers }));
    const problem = await problemOf(api.post('site-checks', {}));
    expect(problem.type).toBe('bad-field');
    expect(problem.fieldErrors).toEqual(['use: is missing']);
    expect(problem.isPassing).toBe(false);
  });

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

  it('are told apart by the last part of their type, an address or a name', async () => {
    const typeOf = async (type: string) => {
      const headers = { 'content-type': 'application/problem+json' };
      const api = client(() => new Response(JSON.stringify({ type, title: 'x' }), { status: 409, headers }));
      return (await problemOf(api.legend('x'))).type;
    };
    expect(await typeOf('urn:duogui:problem:loss-not-confirmed')).toBe('loss-not-confirmed');
    expect(await typeOf('http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job')).toBe(
      'no-such-job',
    );
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
