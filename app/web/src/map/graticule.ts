/** Meridians and parallels at round degrees, minutes and seconds. */

/** Steps between lines in seconds of arc, from the finest to the widest. */
const STEPS_SECONDS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000, 54_000, 108_000,
];

export interface GraticuleLine {
  degrees: number;
  label: string;
}

/** The finest step, in seconds of arc, that draws at most `most` lines over the span. */
export function chooseStep(spanDegrees: number, most: number): number {
  const widest = STEPS_SECONDS[STEPS_SECONDS.length - 1]!;
  return STEPS_SECONDS.find((step) => (spanDegrees * 3600) / step <= most) ?? widest;
}

/** The lines between two longitudes (or latitudes), named with the letters for positive and negative. */
export function graticuleLines(from: number, to: number, most: number, letters: [string, string]): GraticuleLine[] {
  if (!(to > from)) return [];
  const step = chooseStep(to - from, most);
  const lines: GraticuleLine[] = [];
  // Counted in whole steps, so that the last line has no rounding error of all those before it.
  for (let n = Math.ceil((from * 3600) / step); n * step <= to * 3600; n++) {
    lines.push({ degrees: (n * step) / 3600, label: degreesLabel(n * step, step, letters) });
  }
  return lines;
}

/** `113°04′30″E`: as fine as the step asks, no finer. */
export function degreesLabel(seconds: number, step: number, letters: [string, string]): string {
  const places = step < 1 ? 1 : 0;
  const tenths = Math.round(Math.abs(seconds) * 10);
  const degrees = Math.floor(tenths / 36_000);
  const minutes = Math.floor((tenths % 36_000) / 600);
  const rest = (tenths % 600) / 10;
  const letter = tenths === 0 ? '' : seconds > 0 ? letters[0] : letters[1];
  let label = `${degrees}°`;
  if (step < 3600) label += `${String(minutes).padStart(2, '0')}′`;
  if (step < 60) label += `${rest.toFixed(places).padStart(places ? 4 : 2, '0')}″`;
  return label + letter;
}
