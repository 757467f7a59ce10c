/** The form of a delivery, and the parts of the upload that it becomes. */

import type { ImportOptions } from './deliveries.svelte.ts';

export interface DeliveryForm {
  target: 'existing' | 'new';
  layer: string;
  newSlug: string;
  kind: string;
  titleZh: string;
  titleEn: string;
  sourceLayer: string;
  crs: string;
  encoding: string;
  validFrom: string;
  approvalNo: string;
  mapping: Record<string, string>;
  acceptProposal: boolean;
}

export function emptyDelivery(): DeliveryForm {
  return {
    target: 'existing',
    layer: '',
    newSlug: '',
    kind: 'parcel',
    titleZh: '',
    titleEn: '',
    sourceLayer: '',
    crs: '',
    encoding: '',
    validFrom: '',
    approvalNo: '',
    mapping: {},
    acceptProposal: false,
  };
}

/** Letters, digits and underscores, as the service wants the name of a layer. */
export function isSlug(text: string): boolean {
  return /^[a-z][a-z0-9_]{0,62}$/.test(text);
}

/** A name for a new layer from that of its file; empty where the file's name has no Latin letters to take. */
export function suggestSlug(fileName: string): string {
  const name = fileName
    .replace(/(\.shp)?\.[^.]+$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .slice(0, 63);
  return isSlug(name) ? name : '';
}

/** The layer that the delivery is for; empty while it is not said. */
export function slugOf(form: DeliveryForm): string {
  return form.target === 'existing' ? form.layer : form.newSlug.trim();
}

/** The fields of the upload beside its files; what is empty is left out. */
export function uploadFields(form: DeliveryForm): [string, string][] {
  const isNew = form.target === 'new';
  const fields: [string, string][] = [
    ['to', slugOf(form)],
    ['kind', isNew ? form.kind : ''],
    ['title_zh', isNew ? form.titleZh : ''],
    ['title_en', isNew ? form.titleEn : ''],
    ['source_layer', form.sourceLayer],
    ['crs', form.crs],
    ['encoding', form.encoding],
    ['valid_from', form.validFrom],
    ['approval_no', form.approvalNo],
    ['map', Object.keys(form.mapping).length > 0 ? JSON.stringify(form.mapping) : ''],
    ['accept_proposal', form.acceptProposal ? 'true' : ''],
  ];
  return fields.map(([name, value]) => [name, value.trim()] as [string, string]).filter(([, value]) => value !== '');
}

/** The form that an earlier import was made with, to go on from there. */
export function formOf(options: ImportOptions, isKnownLayer: boolean): Partial<DeliveryForm> {
  const text = (name: string) => (typeof options[name] === 'string' ? (options[name] as string) : '');
  return {
    target: isKnownLayer ? 'existing' : 'new',
    layer: isKnownLayer ? text('to') : '',
    newSlug: isKnownLayer ? '' : text('to'),
    ...(text('kind') && { kind: text('kind') }),
    sourceLayer: text('source_layer'),
    crs: text('crs'),
    encoding: text('encoding'),
    mapping: (options.map as Record<string, string> | undefined) ?? {},
    acceptProposal: options.accept_proposal === true,
  };
}

/** The layers of a file that was refused as it has several and none was named; none where that was not the reason. */
export function layersOf(problem: unknown): string[] {
  const layers = (problem as { layers?: unknown } | null | undefined)?.layers;
  return Array.isArray(layers) ? layers.filter((name) => typeof name === 'string') : [];
}

export type FilesFault = { kind: 'incomplete'; missing: string } | { kind: 'several' };

const SHAPEFILE_PARTS = ['.shp', '.shx', '.dbf'] as const;

/** What is wrong with the chosen files: one file, one archive, or the parts of one shapefile are a delivery. */
export function filesFault(names: readonly string[]): FilesFault | null {
  const endings = names.map((name) => name.slice(name.lastIndexOf('.')).toLowerCase());
  if (endings.includes('.shp')) {
    const missing = SHAPEFILE_PARTS.filter((part) => !endings.includes(part));
    if (missing.length > 0) return { kind: 'incomplete', missing: missing.join(', ') };
    return new Set(names.map(stem)).size === 1 ? null : { kind: 'several' };
  }
  return names.length === 1 ? null : { kind: 'several' };
}

function stem(name: string): string {
  return name.replace(/(\.shp)?\.[^.]+$/i, '').toLowerCase();
}
