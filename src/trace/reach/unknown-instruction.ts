/** Most bytes of an instruction. */
export const longest = 15;

const isPrefix = (byte: number): boolean =>
  byte === 0x66 || byte === 0xf2 || byte === 0xf3 || (byte & 0xf0) === 0x40 || (byte & 0xfe) === 0x64;

/** Opcodes behind 0F whose operands are those of the modrm byte, without an immediate. */
const plain0f: readonly number[] = [0x00, 0x01, 0xae, 0xc7];
/** Of VEX map 1: with an immediate of one byte. */
const withImmediate: readonly number[] = [0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6];

/**
 * Length in bytes of an instruction in 64-bit mode that our processor does not have, by its encoding (Intel SDM vol. 2, §2.1 to §2.3):
 * extensions behind 0F 01, of XSAVE, in map 0F 38, or with a VEX prefix. 0: it is none of these.
 */
export function unknownLength(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isPrefix(bytes[at]!)) at++;
  const first = bytes[at]!;
  let immediate = 0;
  if (first === 0x0f) {
    const second = bytes[at + 1]!;
    if (second !== 0x38 && !plain0f.includes(second)) return 0;
    at += second === 0x38 ? 3 : 2;
  } else if (first === 0xc5) {
    if (withImmediate.includes(bytes[at + 2]!)) immediate = 1;
    at += 3;
  } else if (first === 0xc4) {
    const map = bytes[at + 1]! & 0x1f;
    if (map === 3 || (map === 1 && withImmediate.includes(bytes[at + 3]!))) immediate = 1;
    at += 4;
  } else return 0;
  const length = at - start + operandBytes(bytes, at) + immediate;
  return length <= longest ? length : 0;
}

/** Bytes of modrm, SIB and displacement. */
function operandBytes(bytes: Uint8Array, at: number): number {
  const modrm = bytes[at]!;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 3) return 1;
  const sib = rm === 4 ? 1 : 0;
  const base = sib ? bytes[at + 1]! & 7 : rm;
  return 1 + sib + (mod === 1 ? 1 : mod === 2 || base === 5 ? 4 : 0);
}
