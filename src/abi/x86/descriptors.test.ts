import { expect, test } from 'vitest';
import { FLAT, SEGMENT_ACCESS, segmentDescriptor } from './descriptors.js';

// As Linux spells them: arch/x86/kernel/cpu/common.c (gdt_page), arch/x86/boot/pm.c (boot_gdt), before they are accessed.
test('flat segments are the descriptors that kernels write', () => {
  expect(FLAT).toEqual({
    code32: 0x00cf9b000000ffffn,
    code64: 0x00af9b000000ffffn,
    data: 0x00cf93000000ffffn,
  });
});

test('base and limit are spread over both halves', () => {
  const { PRESENT, SEGMENT, WRITABLE, BIG, DPL } = SEGMENT_ACCESS;
  const access = PRESENT | SEGMENT | WRITABLE | BIG | DPL;
  expect(segmentDescriptor(access, 0x12345678, 0xabcde)).toBe(0x124af2345678bcden);
  expect(segmentDescriptor(access, 0xffffffff, 0)).toBe(0xff40f2ffffff0000n);
});
