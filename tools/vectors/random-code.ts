import type { Mode } from './layout.js';
import type { Random } from './random.js';

const prefixes = [0x66, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Sixteen bytes that begin with prefixes and an opcode of any map more evenly than plain chance would have it. */
export function randomCode(random: Random, mode: Mode): Uint8Array {
  const bytes: number[] = [];
  for (let n = random.pick([0, 0, 0, 0, 1, 1, 1, 2, 3]); n > 0; n--) bytes.push(random.pick(prefixes));
  if (mode === 64 && random.oneIn(3)) bytes.push(0x40 | random.below(16));
  const map = random.below(8);
  if (map >= 3) bytes.push(0x0f);
  if (map >= 6) bytes.push(map === 6 ? 0x38 : 0x3a);
  while (bytes.length < 16) bytes.push(random.next() & 0xff);
  return Uint8Array.from(bytes);
}
