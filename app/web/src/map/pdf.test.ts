import { describe, expect, it } from 'vitest';
import { pictureToPdf } from './pdf.ts';

describe('the PDF of a picture', () => {
  it('has every object where its table says', async () => {
    const jpeg = new Uint8Array([0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]);
    const blob = pictureToPdf({ jpeg, width: 800, height: 400, title: '多规 map' });
    const text = String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()));
    expect(text.startsWith('%PDF-1.4\n')).toBe(true);
    const start = Number(/startxref\n(\d+)\n%%EOF/.exec(text)![1]);
    expect(text.slice(start, start + 4)).toBe('xref');
    const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n /gm)].map(([, offset]) => Number(offset));
    expect(offsets).toHaveLength(6);
    offsets.forEach((offset, index) => expect(text.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj\n`)));
    expect(text).toContain('/Length 7 >>\nstream\n\xff\xd8\x01\x02\x03\xff\xd9\nendstream');
    expect(text).toContain('/Title <feff591a89c4');
    // As wide as the page between its margins, half as high, in the middle.
    expect(text).toContain('q 794.00 0 0 397.00 24.00 99.00 cm');
  });
});
