// The branch filters of xz that kernels use. Before compression they turn the relative targets of calls into
// absolute ones, which repeat more; here that is undone. They are defined by the LZMA SDK (public domain).

/** Undoes the x86 filter on a whole block, in place: the targets of E8 (call) and E9 (jmp). */
export function undoX86(code: Uint8Array, offset = 0): void {
  const last = code.length - 4;
  let previous = -4;
  // Bit n: an opcode that was left alone stands n + 1 bytes back, so this one may be part of its operand.
  let left = 0;
  for (let at = 0; at < last; at++) {
    if ((code[at]! & 0xfe) !== 0xe8) continue;
    const gap = at - previous;
    left = gap > 3 ? 0 : ((left << gap) | (1 << (gap - 1))) & 7;
    previous = at;
    // Only targets within 16 MiB were converted: their top byte is 00 or FF. The same byte of an opcode left alone
    // must not look like that, neither here nor in the result, or the decoder could not have told the two apart.
    const back = left === 4 ? 3 : left;
    if (back > 3 || (left & (left - 1)) !== 0) continue;
    if (!isSign(code[at + 4]!) || (back > 0 && isSign(code[at + 4 - back]!))) continue;
    let target = code[at + 1]! | (code[at + 2]! << 8) | (code[at + 3]! << 16) | (code[at + 4]! << 24);
    for (;;) {
      target -= offset + at + 5;
      if (back === 0 || !isSign((target >>> (24 - 8 * back)) & 0xff)) break;
      target ^= 2 ** (32 - 8 * back) - 1;
    }
    target = (target << 7) >> 7;
    code[at + 1] = target;
    code[at + 2] = target >> 8;
    code[at + 3] = target >> 16;
    code[at + 4] = target >> 24;
    at += 4;
    previous = at - 8;
  }
}

function isSign(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

/** Undoes the ARM64 filter on a whole block, in place: the targets of BL, and of ADRP within 512 MiB. */
export function undoArm64(code: Uint8Array, offset = 0): void {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = view.getUint32(at, true);
    const pc = offset + at;
    if (word >>> 26 === 0x25) {
      view.setUint32(at, 0x94000000 | ((word - (pc >>> 2)) & 0x03ffffff), true);
    } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      // immlo is bits 29-30, immhi bits 5-23; together a signed number of pages.
      const pages = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc);
      if ((pages + 0x20000) & 0x1c0000) continue;
      const target = ((pages - (pc >>> 12)) << 14) >> 14;
      view.setUint32(at, (word & 0x9000001f) | ((target & 3) << 29) | ((target & 0x1ffffc) << 3), true);
    }
  }
}
