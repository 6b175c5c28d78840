import type { AddressSpace } from '../../image/symbols/address-space.js';
import type { CodeMap, CodePlace } from '../code-map.js';
import { signed } from '../function-table.js';

/** Callers that are named at most. */
const most = 8;
const callRelative = 0xe8;
const jumpRelative = 0xe9;
const jumpShort = 0xeb;
/** Lengths of `call r/m64`, by its addressing form. */
const indirectLengths = [2, 3, 4, 6, 7] as const;
/** What goes on to whatever a register or a static call holds. */
const goesAnywhere = /^(__SCT__|__x86_indirect_)/;

/**
 * Who called a function, as far as return addresses on the stack tell: one counts where a call that leads to the function stands
 * before it in the image, directly, through a thunk, or through a function that goes on there by a jump.
 */
export function callersOf(place: CodePlace, stack: Uint8Array, code: CodeMap): CodePlace[] {
  const { space, functions, place: kernel } = code;
  if (!space || !kernel) return [];
  const view = new DataView(stack.buffer, stack.byteOffset, stack.byteLength);
  const callers: CodePlace[] = [];
  let row = place.row;
  const { word } = space;
  for (let at = 0; at + word <= stack.length && callers.length < most; at += word) {
    const linked = kernel.linked(word === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
    if (linked === undefined) continue;
    const back = signed(linked);
    const caller = functions.at(back - 1);
    const way = caller === undefined ? undefined : wayTo(space, code, back, row);
    if (!way) continue;
    callers.push(...way, { row: caller!, offset: back - functions.start(caller!) });
    row = caller!;
  }
  return callers.slice(0, most);
}

/** Whether the call before a return address may be one of a function: by way of which others, usually none. */
function wayTo(space: AddressSpace, code: CodeMap, back: number, row: number): CodePlace[] | undefined {
  const { functions } = code;
  const bytes = bytesBefore(space, back);
  if (!bytes) return undefined;
  if (bytes.at(-5) !== callRelative) return isIndirect(bytes) ? [] : undefined;
  const target = back + i32(bytes, bytes.length - 4);
  const called = functions.at(target);
  if (called === undefined || target !== functions.start(called)) return undefined;
  if (called === row || goesAnywhere.test(functions.columns.name[called]!)) return [];
  const jump = jumpTo(space, code, called, row);
  return jump === undefined ? undefined : [{ row: called, offset: jump }];
}

function isIndirect(bytes: Uint8Array): boolean {
  return indirectLengths.some((length) => {
    const opcode = bytes.length - length;
    return bytes[opcode] === 0xff && ((bytes[opcode + 1]! >> 3) & 7) === 2;
  });
}

/** Where a function goes on to another by a jump, or to what a register holds: the offset behind the jump. */
function jumpTo(space: AddressSpace, { functions }: CodeMap, from: number, to: number): number | undefined {
  const start = functions.start(from);
  const offset = space.offsetOf(BigInt.asUintN(space.word * 8, BigInt(start)));
  if (offset === undefined) return undefined;
  const size = functions.end(from) - start;
  const { data } = space.bytes;
  for (let i = 0; i + 5 <= size; i++) {
    const near = start + i + 2 + ((data[offset + i + 1]! << 24) >> 24);
    if (data[offset + i] === jumpShort && near === functions.start(to)) return i + 2;
    if (data[offset + i] !== jumpRelative) continue;
    const target = functions.at(start + i + 5 + i32(data, offset + i + 1));
    if (target === to || (target !== undefined && goesAnywhere.test(functions.columns.name[target]!)))
      return i + 5;
  }
  return undefined;
}

const longestCall = 7;

function bytesBefore(space: AddressSpace, back: number): Uint8Array | undefined {
  const offset = space.offsetOf(BigInt.asUintN(space.word * 8, BigInt(back - longestCall)));
  return offset === undefined ? undefined : space.bytes.data.subarray(offset, offset + longestCall);
}

function i32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
