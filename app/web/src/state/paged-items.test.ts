import { describe, expect, it } from 'vitest';
import { ApiClient } from '../api/client.ts';
import { PagedItems } from './paged-items.svelte.ts';

/** A service of `count` numbered items that pages by the number of the last one. */
function service(count: number, isFailing: () => boolean = () => false): ApiClient {
  const fetchFunction = async (input: string | URL | Request) => {
    if (isFailing()) return new Response(null, { status: 503 });
    const { searchParams } = new URL(String(input));
    const limit = Number(searchParams.get('limit'));
    const after = Number(searchParams.get('after') ?? 0);
    const ids = Array.from({ length: Math.min(limit, count - after) }, (_, position) => after + position + 1);
    const last = after + ids.length;
    const links = last < count ? [{ rel: 'next', href: `/items?limit=${limit}&after=${last}` }] : [];
    return Response.json({ features: ids.map((id) => ({ id, properties: {} })), links, numberMatched: count });
  };
  return new ApiClient(new URL('http://localhost/'), () => {}, fetchFunction as typeof fetch);
}

describe('a list read page by page', () => {
  it('follows the next links to the end without losing or repeating an item', async () => {
    const list = new PagedItems(service(5));
    await list.load('findings', { limit: 2 });
    expect(list.items.map(({ id }) => id)).toEqual([1, 2]);
    while (list.hasMore) await list.more();
    expect(list.items.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(list.matched).toBe(5);
  });

  it('keeps what it has when a page fails, and goes on from there', async () => {
    let isFailing = false;
    const list = new PagedItems(service(4, () => isFailing));
    await list.load('findings', { limit: 2 });
    isFailing = true;
    await list.more();
    expect(list.problem).toMatchObject({ status: 503 });
    expect(list.items).toHaveLength(2);
    isFailing = false;
    await list.more();
    expect(list.problem).toBeNull();
    expect(list.items.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  it('asks its first question again after that failed', async () => {
    let isFailing = true;
    const list = new PagedItems(service(1, () => isFailing));
    await list.load('findings', { limit: 2 });
    expect(list.status).toBe('failed');
    isFailing = false;
    await list.more();
    expect(list.items).toHaveLength(1);
  });

  it('drops the answer to a question that has been replaced', async () => {
    const list = new PagedItems(service(3));
    const first = list.load('findings', { limit: 1 });
    await list.load('findings', { limit: 3 });
    await first;
    expect(list.items.map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});
