import type { Blob } from './blob.js';

/**
 * How kallsyms stores addresses:
 * - `absolute`: one word each, as it is (before 4.6; in 7.2 only 32-bit kernels that are not relocatable);
 * - `image-relative`: u32 distances from the image base (Xen, which has its own symbols_* of the same kind);
 * - `relative`: u32 offsets from kallsyms_relative_base;
 * - `relative-percpu`: as above for negative values (base - 1 - value); the others are absolute per-CPU offsets
 *   (CONFIG_KALLSYMS_ABSOLUTE_PERCPU: x86-64 in 5.10 to 6.12, not in 7.2);
 * - `pc-relative`: s32 distances from the entry itself (7.2, not in 6.12).
 */
export type AddressForm = 'absolute' | 'image-relative' | 'relative' | 'relative-percpu' | 'pc-relative';

export interface Addresses {
  readonly form: AddressForm;
  readonly addresses: Blob;
  readonly relativeBase?: Blob;
  /** The last of these arrays. */
  readonly end: Blob;
}

/**
 * The array of addresses and its form, known by the order of what it says: addresses ascend. In 5.10 and 6.1 it ends
 * where kallsyms_num_syms begins, in 6.12 and 7.2 it begins where kallsyms_token_index ends. The forms with the most to check go first.
 */
export function locateAddresses(
  view: DataView,
  numSyms: number,
  tokensEnd: number,
  count: number,
  word: 4 | 8,
): Addresses | undefined {
  const after = { offset: tokensEnd, length: 4 * count };
  const base = { offset: roundUp(tokensEnd + 4 * count, word), length: word };
  const form = relativeForm(view, after);
  if (form && base.offset + word <= view.byteLength) {
    return { form, addresses: after, relativeBase: base, end: base };
  }

  const baseBefore = { offset: numSyms - word, length: word };
  const before = { offset: baseBefore.offset - roundUp(4 * count, word), length: 4 * count };
  const formBefore = relativeForm(view, before);
  if (formBefore) return { form: formBefore, addresses: before, relativeBase: baseBefore, end: baseBefore };

  if (word === 4 && ascendingWords(view, after, 4)) {
    return { form: 'absolute', addresses: after, end: after };
  }
  if (ascendingDistances(view, after)) return { form: 'pc-relative', addresses: after, end: after };

  const words = { offset: numSyms - word * count, length: word * count };
  if (ascendingWords(view, words, word)) return { form: 'absolute', addresses: words, end: words };

  const halves = { offset: numSyms - 4 * count, length: 4 * count };
  if (ascendingWords(view, halves, 4)) return { form: 'image-relative', addresses: halves, end: halves };
  return undefined;
}

/** Constants ascend, too, if slowly: at least this part of all steps must lead to another address. */
const leastSteps = 1 / 4;

/** Offsets begin at the base itself: 0, or -1 after the per-CPU ones. */
function relativeForm(view: DataView, blob: Blob): 'relative' | 'relative-percpu' | undefined {
  if (!inside(view, blob)) return undefined;
  const { offset, length } = blob;
  if (view.getUint32(offset, true) === 0 && ascendingWords(view, blob, 4)) return 'relative';
  let at = offset;
  let steps = 0;
  let before = 0;
  for (; at < offset + length; at += 4) {
    const value = view.getInt32(at, true);
    if (value < 0) break;
    if (value < before) return undefined;
    if (value !== before) steps++;
    before = value;
  }
  if (at === offset + length || view.getInt32(at, true) !== -1) return undefined;
  before = -1;
  for (; at < offset + length; at += 4) {
    const value = view.getInt32(at, true);
    if (value > before) return undefined;
    if (value !== before) steps++;
    before = value;
  }
  return steps >= (length / 4) * leastSteps ? 'relative-percpu' : undefined;
}

function ascendingWords(view: DataView, blob: Blob, word: number): boolean {
  if (!inside(view, blob)) return false;
  const { offset, length } = blob;
  let high = 0;
  let low = 0;
  let steps = 0;
  for (let at = offset; at < offset + length; at += word) {
    const nextHigh = word === 8 ? view.getUint32(at + 4, true) : 0;
    const nextLow = view.getUint32(at, true);
    if (nextHigh < high || (nextHigh === high && nextLow < low)) return false;
    if (nextLow !== low || nextHigh !== high) steps++;
    high = nextHigh;
    low = nextLow;
  }
  return steps >= (length / word) * leastSteps;
}

/** Each refers to its own place plus its value. */
function ascendingDistances(view: DataView, blob: Blob): boolean {
  if (!inside(view, blob)) return false;
  const { offset, length } = blob;
  let before = view.getInt32(offset, true);
  let steps = 0;
  for (let at = offset + 4; at < offset + length; at += 4) {
    const value = view.getInt32(at, true);
    if (value + 4 < before) return false;
    if (value + 4 !== before) steps++;
    before = value;
  }
  return steps >= (length / 4) * leastSteps;
}

function inside(view: DataView, { offset, length }: Blob): boolean {
  return length > 0 && offset >= 0 && offset + length <= view.byteLength;
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
