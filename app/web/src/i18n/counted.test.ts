import { describe, expect, it } from 'vitest';
import { counted } from './counted.ts';

describe('what is counted', () => {
  it('is one or several', () => {
    expect(counted('1', 'patch', 'patches')).toBe('1 patch');
    expect(counted('2', 'patch', 'patches')).toBe('2 patches');
    expect(counted('0', 'day')).toBe('0 days');
    expect(counted('1,001', 'day')).toBe('1,001 days');
  });
});
