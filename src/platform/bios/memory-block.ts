import type { BiosCall } from './call.js';

/** Descriptors of source and destination in the table at ES:SI (IBM PS/2 and PC BIOS Interface Technical Reference, INT 15h, 87h). */
const SOURCE = 0x10;
const DESTINATION = 0x18;
const TABLE_SIZE = 0x30;
/** Most words in one go: 64 KiB. */
const MOST_WORDS = 0x8000;
const EXCEPTION = 0x02;

/** The base of a segment descriptor: 24 bits as of the 286, and 8 more as of the 386. */
function base(table: DataView, at: number): bigint {
  return BigInt(((table.getUint8(at + 7) << 24) | (table.getUint32(at + 2, true) & 0xffffff)) >>> 0);
}

/** Function 87h: copies CX words between places of which at least one may be above 1 MiB. */
export function memoryBlock(call: BiosCall): void {
  const words = call.word('RCX');
  const table = call.memory.read(call.pointer('es', 'RSI'), TABLE_SIZE);
  const data = table && words <= MOST_WORDS ? call.memory.read(base(table, SOURCE), words * 2) : undefined;
  const isDone =
    data !== undefined && call.memory.write(base(table!, DESTINATION), new Uint8Array(data.buffer));
  call.ah = isDone ? 0 : EXCEPTION;
  call.carry = !isDone;
  if (isDone) call.zero = true;
}
