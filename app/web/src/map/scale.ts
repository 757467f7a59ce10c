/** The scale bar: a round length on the ground and how wide it is on the screen. */

const EQUATOR_METRES = 40_075_016.686;
/** MapLibre's world is this many pixels wide at zoom 0. */
const WORLD_PIXELS = 512;

export interface ScaleBar {
  pixels: number;
  metres: number;
  label: string;
}

/** How much ground a pixel shows, in metres, at this latitude and zoom. */
export function metresPerPixel(zoom: number, latitude: number): number {
  return (EQUATOR_METRES * Math.cos((latitude * Math.PI) / 180)) / (WORLD_PIXELS * 2 ** zoom);
}

/** The number below the line of a map's scale, in three figures: 12400 of 1:12,400. A point is a 72nd of an inch. */
export function paperScale(groundPerPixel: number, pointsPerPixel: number): number {
  return Number((groundPerPixel / (pointsPerPixel * (0.0254 / 72))).toPrecision(3));
}

/** The longest bar of 1, 2 or 5 times a power of ten that is at most `mostPixels` wide at this latitude and zoom. */
export function scaleBar(zoom: number, latitude: number, mostPixels: number): ScaleBar {
  const ground = metresPerPixel(zoom, latitude);
  const most = ground * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= most) ?? 1;
  const metres = factor * power;
  return { pixels: metres / ground, metres, label: lengthLabel(metres) };
}

function lengthLabel(metres: number): string {
  if (metres >= 1000) return `${metres / 1000} km`;
  if (metres >= 1) return `${metres} m`;
  return `${Number((metres * 100).toPrecision(1))} cm`;
}
