import type { DecodedWithEncoding } from '../../src/machine/x86/decoder/decoder.js';
import type { Mode } from './layout.js';
import { Random } from './random.js';
import { fx, inputState } from './state.js';
import type { Patch } from './vector.js';

/**
 * Changes to the x87 and SSE state that make rare cases likely: unmasked and pending exceptions, strings that have
 * something in common. They follow from the vector's seed alone.
 */
export function numericPatches(decoded: DecodedWithEncoding, seed: number, mode: Mode): Patch[] {
  const random = new Random(seed ^ 0x5bd1e995);
  const { name } = decoded.description;
  if (/^pcmp[ei]str/.test(name)) return decoded.operands.flatMap((operand) => stringPatch(operand, random));
  const numeric = decoded.operands.some(({ kind }) => kind === 'xmm' || kind === 'mmx' || kind === 'st');
  const x87 = decoded.encoding.map === 0 && decoded.opcode >= 0xd8 && decoded.opcode <= 0xdf;
  if (!(numeric || x87) || !random.oneIn(3)) return [];
  const image = inputState(seed, mode).fx;
  const view = new DataView(image.buffer, image.byteOffset);
  const control = (view.getUint16(fx.control, true) & ~0x3f) | random.below(64);
  let status = view.getUint16(fx.status, true);
  if (random.oneIn(4)) status |= random.below(128);
  if (status & ~control & 0x3f) status |= 0x8080;
  const mxcsr = (view.getUint32(fx.mxcsr, true) & ~0x1f80) | (random.below(64) << 7);
  return [
    { address: fx.control, bytes: Uint8Array.of(control, control >> 8, status, status >> 8) },
    { address: fx.mxcsr, bytes: Uint8Array.of(mxcsr, mxcsr >> 8, 0, 0) },
  ];
}

/** A string over a small alphabet, zeros included, as bytes or as words. */
function stringPatch(operand: DecodedWithEncoding['operands'][number], random: Random): Patch[] {
  if (operand.kind !== 'xmm' || random.oneIn(8)) return [];
  const alphabet = random.pick([
    [0x61, 0x62],
    [0x61, 0x62, 0x63, 0],
    [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0],
    [0x10, 0x80, 0xf0, 0x7f, 0xff, 0],
  ]);
  const words = random.oneIn(2);
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => (words && i & 1 ? 0 : random.pick(alphabet)));
  return [{ address: fx.xmm + 16 * operand.number, bytes }];
}

/** The same for the memory operand, and lengths in RAX and RDX. */
export function stringLengths(random: Random): readonly [bigint, bigint] {
  const length = (): bigint => BigInt(random.below(random.oneIn(4) ? 200 : 20) - (random.oneIn(3) ? 16 : 0));
  return [length(), length()];
}
