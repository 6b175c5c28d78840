import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkImage } from '../../src/contract/image-rules/image-rules.js';
import { ImageError } from '../../src/core/errors.js';
import { offers } from '../../src/entry/entries.js';
import { readBtf } from '../../src/image/btf/read.js';
import { type Image, layers } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { xenDomParms, xenPvVerdict } from '../../src/image/xen/dom-parms.js';
import { inspect } from '../../src/report/inspect.js';
import { inspectionText } from '../../src/report/text/inspection.js';
import { typesText, typeText } from '../../src/report/types-text.js';

/** Most bytes a mutated payload may unpack to: packed inputs are small, and runs long. */
const MAX_UNPACKED = 1 << 25;
const MOST_TYPES = 50;

const schema = JSON.parse(readFileSync(new URL('../../schema/inspect.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ allowUnionTypes: true }).compile(schema);

/** What became of an input: read, or refused with an ImageError. */
export type Outcome = 'read' | 'refused';

/**
 * Reads an image in every way the tool can. Throws what is not an ImageError, and when an offset lies outside
 * the layer it is said to be in, or the report does not follow its schema.
 */
export async function readAll(data: Uint8Array): Promise<Outcome> {
  const options = { name: 'input', maxUnpacked: MAX_UNPACKED };
  let image: Image;
  try {
    image = await openImage(data, options);
  } catch (error) {
    if (error instanceof ImageError) return 'refused';
    throw error;
  }
  checkOffsets(image);
  for (const { bytes, formats } of layers(image)) {
    if (formats.elf) xenPvVerdict(formats.elf, xenDomParms(formats.elf, bytes));
  }
  const report = await inspect(data, options);
  if (!valid(report))
    throw new Error(`the report does not follow its schema: ${JSON.stringify(valid.errors)}`);
  const control = /[^\n\x20-\x7e\xa0-\uffff]/.exec(inspectionText(report, { verbose: true, evidence: true }));
  if (control) throw new Error(`the report prints the control character ${JSON.stringify(control[0])}`);
  readTypes(layers(image).at(-1)!);
  return 'read';
}

function checkOffsets(image: Image): void {
  const all = layers(image);
  const sizes = {
    image: image.bytes.length,
    payload: Math.max(0, ...all.slice(1).map(({ bytes }) => bytes.length)),
  };
  const inside = (what: string, layer: 'image' | 'payload', offset: number, length = 1): void => {
    if (Number.isInteger(offset) && offset >= 0 && offset + length <= sizes[layer]) return;
    throw new Error(`${what}: ${length} bytes at ${offset} are not in the ${layer} of ${sizes[layer]} bytes`);
  };
  const found = offers(image);
  for (const { id, evidence } of found) {
    for (const { layer, offset } of evidence) inside(`evidence of ${id}`, layer, offset, 0);
  }
  for (const { rule, layer, offset } of checkImage(image, found)) {
    if (offset !== undefined) inside(`finding ${rule}`, layer, offset);
  }
  for (const [index, { formats, inner }] of all.entries()) {
    const layer = index === 0 ? 'image' : 'payload';
    if (inner) inside('inner image', layer, inner.offset, inner.length);
    for (const note of formats.elf?.notes ?? []) {
      inside('note', layer, note.offset, 12);
      inside('note descriptor', layer, note.descOffset, note.desc.length);
    }
  }
}

function readTypes(layer: Image): void {
  const btf = tolerant(() => readBtf(layer));
  if (!btf) return;
  for (let id = 1; id <= Math.min(btf.count, MOST_TYPES); id++) {
    tolerant(() => typeText(btf, id));
    tolerant(() => btf.layout(id, { flatten: true }));
    tolerant(() => btf.tags(id));
    const name = tolerant(() => btf.name(id)) ?? '';
    tolerant(() => typesText(btf, name));
    tolerant(() => btf.field(id, 'part.number'));
    tolerant(() => btf.offsetOf(id, 'tail[3]'));
    tolerant(() => btf.section(name));
    tolerant(() => btf.variable(name));
    tolerant(() => btf.prototype(name));
  }
}

/** What `read` returns, or undefined when it throws an ImageError. */
function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
