import type { Machine } from '../machine/machine.js';
import type { DecodedWithEncoding } from '../machine/x86/decoder/decoder.js';

export const longestInstruction = 15;

/** Decodes what a processor would execute; undefined where it is no instruction of this machine. */
export function decodeAt(
  { cpu }: Machine,
  bytes: Uint8Array,
  rip: bigint,
  codeBits: 16 | 32 | 64,
): DecodedWithEncoding | undefined {
  const padded = new Uint8Array(longestInstruction + 1);
  padded.set(bytes);
  try {
    const pc = codeBits === 64 ? BigInt.asIntN(64, rip) : rip;
    const found = cpu.code.decoder.decode(padded, 0, pc, { bits: codeBits, csBase: 0, real: cpu.realOrVm });
    return found && found.length <= bytes.length ? found : undefined;
  } catch {
    // Longer than fifteen bytes, or not all of it can be read.
    return undefined;
  }
}
