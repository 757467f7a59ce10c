/** The view as a sheet to print: title, map, legend, scale bar, north arrow, and when it was made. */

import { drawHatch, HATCH_SIZE, type HatchKind } from './hatch.ts';
import type { ScaleBar } from './scale.ts';

export interface SheetLegendEntry {
  label: string;
  fill: string;
  outline: string;
  tint: number;
  hatch: HatchKind | null;
}

export interface Sheet {
  title: string;
  map: ImageBitmap;
  /** Pixels of the picture for one of the page. */
  pixelRatio: number;
  scale: ScaleBar;
  legendHeading: string;
  legend: { title: string; entries: SheetLegendEntry[] }[];
  north: string;
  /** Beside the scale bar: the day that is shown, and when the sheet was made. */
  notes: string[];
  /** Below it: projection, reference system, and the scale on paper. */
  reference: string[];
}

const LEGEND_WIDTH = 230;
const HEADER = 54;
const FOOTER = 64;
const PADDING = 16;
const FONT = "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/** Width and height of the sheet of a map, in the page's pixels. */
export function sheetSize(mapWidth: number, mapHeight: number): [number, number] {
  return [mapWidth + LEGEND_WIDTH + 3 * PADDING, mapHeight + HEADER + FOOTER];
}

export function drawSheet(sheet: Sheet): HTMLCanvasElement {
  const ratio = sheet.pixelRatio;
  const [mapWidth, mapHeight] = [sheet.map.width / ratio, sheet.map.height / ratio];
  const canvas = document.createElement('canvas');
  const [width, height] = sheetSize(mapWidth, mapHeight);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#1c2b2d';
  context.font = `600 24px ${FONT}`;
  context.fillText(sheet.title, PADDING, 36);
  context.drawImage(sheet.map, PADDING, HEADER, mapWidth, mapHeight);
  context.strokeStyle = '#1c2b2d';
  context.strokeRect(PADDING, HEADER, mapWidth, mapHeight);
  drawNorth(context, PADDING + mapWidth - 34, HEADER + 18, sheet.north);
  drawScale(context, PADDING, HEADER + mapHeight + 26, sheet.scale);
  context.font = `12px ${FONT}`;
  context.fillText(sheet.notes.join('   '), PADDING + sheet.scale.pixels + 40, HEADER + mapHeight + 26);
  context.fillText(sheet.reference.join('   '), PADDING, HEADER + mapHeight + 50, width - 2 * PADDING);
  drawLegend(context, sheet, mapWidth + 2 * PADDING, HEADER, mapHeight);
  return canvas;
}

function drawNorth(context: CanvasRenderingContext2D, x: number, y: number, label: string): void {
  context.save();
  context.translate(x, y);
  context.beginPath();
  context.moveTo(8, 0);
  context.lineTo(16, 30);
  context.lineTo(8, 23);
  context.lineTo(0, 30);
  context.closePath();
  context.fillStyle = '#1c2b2d';
  context.fill();
  context.lineWidth = 3;
  context.strokeStyle = '#ffffff';
  context.font = `600 14px ${FONT}`;
  context.textAlign = 'center';
  context.strokeText(label, 8, 46);
  context.fillText(label, 8, 46);
  context.restore();
}

function drawScale(context: CanvasRenderingContext2D, x: number, y: number, { pixels, label }: ScaleBar): void {
  context.save();
  context.strokeStyle = '#1c2b2d';
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, y - 8);
  context.lineTo(x, y);
  context.lineTo(x + pixels, y);
  context.lineTo(x + pixels, y - 8);
  context.stroke();
  context.font = `12px ${FONT}`;
  context.textAlign = 'center';
  context.fillText(label, x + pixels / 2, y - 4);
  context.restore();
}

function drawLegend(
  context: CanvasRenderingContext2D,
  { legend, legendHeading }: Sheet,
  x: number,
  top: number,
  height: number,
): void {
  let y = top + 14;
  context.font = `600 15px ${FONT}`;
  context.fillText(legendHeading, x, y);
  for (const { title, entries } of legend) {
    y += 24;
    if (y > top + height - 10) return;
    context.font = `600 12px ${FONT}`;
    context.fillText(title, x, y, LEGEND_WIDTH);
    for (const entry of entries) {
      y += 19;
      if (y > top + height - 4) return void context.fillText('…', x, y);
      drawSwatch(context, entry, x, y - 11);
      context.font = `12px ${FONT}`;
      context.fillText(entry.label, x + 32, y, LEGEND_WIDTH - 32);
    }
  }
}

function drawSwatch(context: CanvasRenderingContext2D, entry: SheetLegendEntry, x: number, y: number): void {
  context.save();
  context.beginPath();
  context.rect(x, y, 24, 13);
  context.clip();
  context.globalAlpha = entry.tint;
  context.fillStyle = entry.fill;
  context.fillRect(x, y, 24, 13);
  context.globalAlpha = 1;
  if (entry.hatch) {
    for (let dx = 0; dx < 24; dx += HATCH_SIZE) {
      for (let dy = 0; dy < 13; dy += HATCH_SIZE) drawHatch(context, entry.hatch, entry.outline, x + dx, y + dy);
    }
  }
  context.strokeStyle = entry.outline;
  context.lineWidth = 3;
  context.strokeRect(x, y, 24, 13);
  context.restore();
}
