import type { Call } from './program.js';

const SMAP = 0x534d4150;
const MEMORY_MAP = { vector: 0x15, eax: 0xe820, ecx: 20, edx: SMAP } as const;

/** What kernels, boot loaders and careless programs ask a BIOS for, on a machine without disks and with 64 MiB. */
export const calls: Readonly<Record<string, Call>> = {
  'E820, the first range': MEMORY_MAP,
  'E820, the second range': { ...MEMORY_MAP, ebx: 1 },
  'E820, room for extended attributes': { ...MEMORY_MAP, ecx: 24 },
  'E820, upper half of EAX not 0': { ...MEMORY_MAP, eax: 0x1234e820 },
  'E820 without SMAP': { ...MEMORY_MAP, edx: 0 },
  'E820 behind the last range': { ...MEMORY_MAP, ebx: 0x100 },
  'E801, sizes of extended memory': { vector: 0x15, eax: 0xe801 },
  '88, size of extended memory': { vector: 0x15, eax: 0x8800 },
  'EC00, 64-bit mode to come': { vector: 0x15, eax: 0xec00, ebx: 2 },
  'E980, SpeedStep': { vector: 0x15, eax: 0xe980, edx: 0x47534943 },
  '5300, APM': { vector: 0x15, eax: 0x5300 },
  '2401, A20 on': { vector: 0x15, eax: 0x2401 },
  'C0, system configuration': { vector: 0x15, eax: 0xff00 },
  '12, memory size': { vector: 0x12, eax: 0x12345678 },
  '13/41, extensions of a disk that is not there': { vector: 0x13, eax: 0x4100, ebx: 0x55aa, edx: 0x80 },
  '13/08, parameters of a disk that is not there': { vector: 0x13, eax: 0x0800, edx: 0x80 },
  '13/02, a sector of a disk that is not there': {
    vector: 0x13,
    eax: 0x0201,
    ebx: 0x1900,
    ecx: 1,
    edx: 0x80,
  },
  '13/00, reset of a disk that is not there': { vector: 0x13, edx: 0x81 },
  '16/01, no key': { vector: 0x16, eax: 0x0100 },
  '16/02, shift flags': { vector: 0x16, eax: 0x0200 },
  '16/03, typematic rate': { vector: 0x16, eax: 0x0305 },
  '1A/00, ticks': { vector: 0x1a, eax: 0x0000 },
  '1A/FF, no such function': { vector: 0x1a, eax: 0xff00 },
  '10/0E, teletype': { vector: 0x10, eax: 0x0e20 },
  '1C, nobody hooked it': { vector: 0x1c, eax: 0x12345678, ebx: 0x9abcdef0 },
};
