/** Numbers as they are shown. They are rounded here and nowhere before, half up. */

/** 1 mu is 2000/3 square metres. */
export function toMu(squareMetres: number): number {
  return (squareMetres * 3) / 2000;
}

export function toHectares(squareMetres: number): number {
  return squareMetres / 10_000;
}

export interface AreaFormat {
  squareMetres: (value: number) => string;
  hectares: (value: number) => string;
  mu: (value: number) => string;
  /** A share of 0 to 1 as a percentage. */
  share: (value: number) => string;
  /** A difference of areas in square metres, always with its sign. */
  difference: (value: number) => string;
  /** A difference as a share, always with its sign. */
  differenceShare: (value: number) => string;
  count: (value: number) => string;
  /** Any other number, to six digits after the point. */
  plain: (value: number) => string;
}

export function createAreaFormat(languageTag: string): AreaFormat {
  const decimals = (places: number, options: Intl.NumberFormatOptions = {}) => {
    const format = new Intl.NumberFormat(languageTag, {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
      ...options,
    });
    return (value: number) => format.format(value);
  };
  const share = decimals(2, { style: 'percent' });
  return {
    squareMetres: decimals(2),
    hectares: decimals(4),
    mu: decimals(2),
    share: (value) => formatShare(value, share),
    difference: decimals(2, { signDisplay: 'exceptZero' }),
    differenceShare: decimals(2, { style: 'percent', signDisplay: 'exceptZero' }),
    count: decimals(0),
    plain: decimals(0, { maximumFractionDigits: 6 }),
  };
}

/** A part that is not the whole never reads 100 %, and one that is not nothing never reads 0 %. */
function formatShare(value: number, percent: (value: number) => string): string {
  if (value > 0 && value < 0.00005) return `< ${percent(0.0001)}`;
  if (value < 1 && value >= 0.99995) return `> ${percent(0.9999)}`;
  return percent(value);
}
