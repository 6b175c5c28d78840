import { expect, test } from 'vitest';
import { unknownLength } from './unknown-instruction.js';

test.each([
  // What objdump(1) calls them.
  ['f3 0f 01 d9', 4, 'vmgexit'],
  ['0f 01 cf', 3, 'encls'],
  ['0f 01 e8', 3, 'serialize'],
  ['48 0f c7 1f', 4, 'xrstors64 (%rdi)'],
  ['48 0f c7 a4 24 10 00 00 00', 9, 'xsavec64 0x10(%rsp)'],
  ['0f c7 2d 10 00 00 00', 7, 'xsaves 0x10(%rip)'],
  ['66 48 0f 38 f5 02', 6, 'wrussq %rax,(%rdx)'],
  ['c5 fa 6f 07', 4, 'vmovdqu (%rdi),%xmm0'],
  ['c5 f9 70 c0 1b', 5, 'vpshufd $0x1b,%xmm0,%xmm0'],
  ['c4 e2 e9 f7 c0', 5, 'shlx %rdx,%rax,%rax'],
  ['c4 e2 79 18 04 25 00 00 00 00', 10, 'vbroadcastss 0x0,%xmm0'],
  ['c4 e3 7d 39 c1 01', 6, 'vextracti128 $0x1,%ymm0,%xmm1'],
  ['62 f1 7c 48 28 c0', 0, 'vmovaps %zmm0,%zmm0, whose prefix is not known'],
])('%s has %i bytes: %s', (hex, length) => {
  const bytes = Uint8Array.from([...hex.split(' ').map((byte) => Number.parseInt(byte, 16)), 0x90, 0x90]);
  expect(unknownLength(bytes, 0)).toBe(length);
});
