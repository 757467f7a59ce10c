/** The scale bar: a round length on the ground and how wide it is on the screen. */

const EQUATOR_METRES = 40_075_016.686;
/** MapLibre's world is this many pixels wide at zoom 0. */
const WORLD_PIXELS = 512;

export interface ScaleBar {
  pixels: number;
  metres: number;
  label: string;
}

/** The longest bar of 1, 2 or 5 times a power of ten that is at most `mostPixels` wide at this latitude and zoom. */
export function scaleBar(zoom: number, latitude: number, mostPixels: number): ScaleBar {
  const metresPerPixel = (EQUATOR_METRES * Math.cos((latitude * Math.PI) / 180)) / (WORLD_PIXELS * 2 ** zoom);
  const most = metresPerPixel * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= most) ?? 1;
  const metres = factor * power;
  return { pixels: metres / metresPerPixel, metres, label: lengthLabel(metres) };
}

function lengthLabel(metres: number): string {
  if (metres >= 1000) return `${metres / 1000} km`;
  if (metres >= 1) return `${metres} m`;
  return `${Number((metres * 100).toPrecision(1))} cm`;
}
