import { field, struct } from '../core/struct.js';

/** Physical address of the BIOS data area. */
export const BIOS_DATA = 0x400;

/** What kernels read of the BIOS data area, which is at 0x400. */
export const biosData = struct(
  'BIOS data area',
  'IBM PS/2 and PC BIOS Interface Technical Reference (1991), "BIOS Data Area"',
  {
    com1: field(0x00, 'u16', 'port of the first serial interface'),
    ebda: field(0x0e, 'u16', 'segment of the extended BIOS data area'),
    memory: field(0x13, 'u16', 'KiB of RAM below the extended BIOS data area'),
  },
  0x100,
);
