/** Hatches that tell the hard lines apart without colour, drawn on a canvas: the page loads no images. */

export type HatchKind = 'diagonal' | 'back_diagonal' | 'cross' | 'dots' | 'horizontal' | 'vertical';

/** Which hatch fills a control area of each kind; a kind that is not named here gets an outline and a tint only. */
const HATCH_BY_CONTROL_KIND: Readonly<Record<string, HatchKind>> = {
  ecological_redline: 'diagonal',
  permanent_basic_farmland: 'cross',
  functional_zone: 'dots',
  ecological_control_line: 'back_diagonal',
  nature_reserve: 'back_diagonal',
  forest: 'dots',
  flood_zone: 'horizontal',
  water_source: 'horizontal',
  river_management: 'horizontal',
  wetland: 'horizontal',
  contaminated_land: 'back_diagonal',
  land_use_control_zone: 'vertical',
  utility: 'vertical',
  transport: 'vertical',
};

/** The hatch of a legend's entry: its own, or that of the kind of control area. */
export function hatchOf(controlKind: string | null, entry: { hatch?: HatchKind | null }): HatchKind | null {
  return entry.hatch ?? ((controlKind && HATCH_BY_CONTROL_KIND[controlKind]) || null);
}

/** Side of a hatch's repeating square in CSS pixels. */
export const HATCH_SIZE = 12;

export function hatchImageId(kind: HatchKind, colour: string): string {
  return `hatch:${kind}:${colour}`;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draw one repeating square at (x, y); squares set side by side continue each other. */
export function drawHatch(context: Context, kind: HatchKind, colour: string, x: number, y: number): void {
  const size = HATCH_SIZE;
  const half = size / 2;
  context.save();
  context.beginPath();
  context.rect(x, y, size, size);
  context.clip();
  context.translate(x, y);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.3;
  context.beginPath();
  if (kind === 'dots') {
    for (const [cx, cy] of [
      [half / 2, half / 2],
      [half * 1.5, half * 1.5],
    ] as const) {
      context.moveTo(cx + 1.2, cy);
      context.arc(cx, cy, 1.2, 0, 2 * Math.PI);
    }
    context.fill();
  } else {
    for (const [fromX, fromY, toX, toY] of hatchLines(kind, size)) {
      context.moveTo(fromX, fromY);
      context.lineTo(toX, toY);
    }
    context.stroke();
  }
  context.restore();
}

function hatchLines(kind: Exclude<HatchKind, 'dots'>, size: number): [number, number, number, number][] {
  const half = size / 2;
  // Each slanting line is drawn thrice, shifted by the square's side, so that its ends meet those of the next square.
  const rising = [-half, half, half + size].map((shift): [number, number, number, number] => [
    shift - half,
    size + half,
    shift + size + half,
    -half,
  ]);
  const falling = [-half, half, half + size].map((shift): [number, number, number, number] => [
    shift - half,
    -half,
    shift + size + half,
    size + half,
  ]);
  switch (kind) {
    case 'diagonal':
      return rising;
    case 'back_diagonal':
      return falling;
    case 'cross':
      return [...rising, ...falling];
    case 'horizontal':
      return [
        [0, half / 2, size, half / 2],
        [0, half * 1.5, size, half * 1.5],
      ];
    case 'vertical':
      return [
        [half / 2, 0, half / 2, size],
        [half * 1.5, 0, half * 1.5, size],
      ];
  }
}

/** A hatch as an image for the map, in device pixels. */
export function hatchImage(kind: HatchKind, colour: string, pixelRatio: number): ImageData {
  const side = Math.round(HATCH_SIZE * pixelRatio);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  // Drawn by the processor: a picture that a graphics card draws has to be fetched back from it, which takes far longer than these few lines.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser gave no 2D canvas for the hatches.');
  context.scale(side / HATCH_SIZE, side / HATCH_SIZE);
  drawHatch(context, kind, colour, 0, 0);
  return context.getImageData(0, 0, side, side);
}
