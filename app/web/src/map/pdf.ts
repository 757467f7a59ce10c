/** A PDF of one page that holds one picture (ISO 32000-1): enough for a printed map, and no library. */

export interface PagePicture {
  /** The bytes of a JPEG in RGB. */
  jpeg: Uint8Array;
  /** In pixels. */
  width: number;
  height: number;
  title: string;
}

/** A4 in points, the long side across. */
const PAGE = { width: 842, height: 595 } as const;
const MARGIN = 24;

/** UTF-16 with its mark, as PDF writes text that is not ASCII. */
function textString(text: string): string {
  const units = [...`\uFEFF${text}`].flatMap((character) =>
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0')),
  );
  return `<${units.join('')}>`;
}

/** How large a pixel of a picture becomes on the page, in points. */
export function pointsPerPixel(width: number, height: number): number {
  return Math.min((PAGE.width - 2 * MARGIN) / width, (PAGE.height - 2 * MARGIN) / height);
}

/** The picture on A4 across, as large as the page lets it. */
export function pictureToPdf({ jpeg, width, height, title }: PagePicture): Blob {
  const scale = pointsPerPixel(width, height);
  const [w, h] = [width * scale, height * scale].map((value) => value.toFixed(2));
  const [x, y] = [(PAGE.width - width * scale) / 2, (PAGE.height - height * scale) / 2].map((value) =>
    value.toFixed(2),
  );
  const content = `q ${w} 0 0 ${h} ${x} ${y} cm /Map Do Q`;
  const image = `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>`;
  const objects: (string | Uint8Array)[][] = [
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Resources << /XObject << /Map 5 0 R >> >> /Contents 4 0 R >>`,
    ],
    [`<< /Length ${content.length} >>\nstream\n${content}\nendstream`],
    [`${image}\nstream\n`, jpeg, '\nendstream'],
    [`<< /Title ${textString(title)} /Producer (Duogui) >>`],
  ];
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const add = (part: string | Uint8Array) => {
    const bytes = typeof part === 'string' ? encoder.encode(part) : part;
    chunks.push(bytes);
    length += bytes.length;
  };
  add('%PDF-1.4\n');
  const offsets = objects.map((parts, index) => {
    const offset = length;
    add(`${index + 1} 0 obj\n`);
    parts.forEach(add);
    add('\nendobj\n');
    return offset;
  });
  const table = length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return new Blob(chunks as BlobPart[], { type: 'application/pdf' });
}
