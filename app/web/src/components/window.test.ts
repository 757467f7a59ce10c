import { describe, expect, it } from 'vitest';
import { rowWindow } from './window.ts';

describe('the rows that are drawn', () => {
  it('are those in view with a few on either side', () => {
    expect(rowWindow(1_000_000, 40, 40_000, 400, 2)).toEqual({ first: 998, end: 1012 });
  });

  it('end with the list', () => {
    expect(rowWindow(3, 40, 0, 400)).toEqual({ first: 0, end: 3 });
    expect(rowWindow(0, 40, 0, 400)).toEqual({ first: 0, end: 0 });
  });

  it('are none beyond the end of a list that became shorter', () => {
    expect(rowWindow(5, 40, 4000, 400, 2)).toEqual({ first: 5, end: 5 });
  });
});
