import { memoryType } from '../../abi/memory-map.js';
import type { BiosCall } from './call.js';
import { memoryBlock } from './memory-block.js';
import { type BiosService, biosFunction } from './service.js';

/** "SMAP", which E820 is called with and answers. */
const SMAP = 0x534d4150;
/** Bytes of an address range descriptor (ACPI specification 6.5, table 15.1). */
const RANGE_SIZE = 20;
const UNSUPPORTED = 0x86;
const MEBIBYTE = 0x100000;
/** Where a PC/AT could have a hole. */
const HOLE = 16 * MEBIBYTE;
/** Most KiB above 1 MiB that function 88h can tell. */
const MOST_EXTENDED = 0xffff;

function unsupported(call: BiosCall): void {
  call.ah = UNSUPPORTED;
  call.carry = true;
}

/** Function E820h (ACPI specification 6.5, §15.1): EBX says which range, and which one comes next. */
function queryAddressMap(call: BiosCall): void {
  const map = call.machine.memoryMap();
  const index = call.doubleWord('RBX');
  const range = map[index];
  if (call.doubleWord('RDX') !== SMAP || call.doubleWord('RCX') < RANGE_SIZE || !range) {
    unsupported(call);
    return;
  }
  const descriptor = new DataView(new ArrayBuffer(RANGE_SIZE));
  descriptor.setBigUint64(0, BigInt(range.start), true);
  descriptor.setBigUint64(8, BigInt(range.size), true);
  descriptor.setUint32(16, range.type, true);
  call.memory.write(call.pointer('es', 'RDI'), new Uint8Array(descriptor.buffer));
  call.setDoubleWord('RAX', SMAP);
  call.setDoubleWord('RBX', index + 1 < map.length ? index + 1 : 0);
  call.setDoubleWord('RCX', RANGE_SIZE);
  call.carry = false;
}

/** Bytes of RAM without a gap from 1 MiB on. */
function extendedMemory({ machine }: BiosCall): number {
  const range = machine.memoryMap().find(({ start, type }) => start === MEBIBYTE && type === memoryType.ram);
  return range?.size ?? 0;
}

/** Function E801h: KiB between 1 and 16 MiB, and blocks of 64 KiB above, each told twice. */
function extendedMemorySizes(call: BiosCall): void {
  const size = extendedMemory(call);
  const below = Math.min(size, HOLE - MEBIBYTE) >>> 10;
  const above = Math.max(size - (HOLE - MEBIBYTE), 0) >>> 16;
  for (const register of ['RAX', 'RCX'] as const) call.setWord(register, below);
  for (const register of ['RBX', 'RDX'] as const) call.setWord(register, above);
  call.carry = false;
}

/** INT 15h: system services, of which memory sizes are what kernels want. */
export const system: BiosService = {
  vector: 0x15,
  title: 'system',
  functions: [
    biosFunction('2401', 'enable A20', (call) => {
      call.ah = 0;
      call.carry = false;
    }),
    biosFunction('87', 'move extended memory block', memoryBlock),
    biosFunction('88', 'extended memory size', (call) => {
      call.setWord('RAX', Math.min(extendedMemory(call) >>> 10, MOST_EXTENDED));
      call.carry = false;
    }),
    biosFunction('e801', 'extended memory sizes', extendedMemorySizes),
    biosFunction('e820', 'query system address map', queryAddressMap),
  ],
  otherwise: unsupported,
};
