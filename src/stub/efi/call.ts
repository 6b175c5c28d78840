import type { Register } from 'iced-x86';
import { efiBootServices, efiGuid, guidBytes } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, type Memory, mem, qword } from '../assembler/operands.js';
import { at } from '../common/fields.js';

/*
 * While boot services run, R12 points to the system table, R13 to the boot services and R14 is the image handle. Functions of the
 * firmware keep RBX, RBP, RSI, RDI and R12 to R15 (UEFI 2.10, 2.3.4.2).
 */

/** Shadow space of four arguments, then the fifth and the sixth. */
const FRAME = 48;

/** Operand of the fifth argument of a call. */
export const argument5 = qword(o.RSP, 32);

/** Room for calls on a stack that is a multiple of 16 here. */
export function openFrame(a: Assembler): void {
  a.code.sub(o.RSP, imm(FRAME));
}

/** A function that itself calls the firmware: `body` may leave early by jumping to `end`. Its callers have opened a frame. */
export function efiFunction(a: Assembler, name: string, body: (end: o.Label) => void): void {
  const { code: c } = a;
  a.part(name, () => {
    const end = a.local('end');
    c.sub(o.RSP, imm(FRAME + 8));
    body(end);
    a.at(end);
    c.add(o.RSP, imm(FRAME + 8));
    c.ret();
  });
}

/** Calls a boot service; RAX is the status, and the flags say whether it is zero. */
export function bootService(a: Assembler, name: keyof typeof efiBootServices.fields & string): void {
  a.code.call(at(efiBootServices, o.R13, name));
  a.code.test(o.RAX, o.RAX);
}

/** Calls a function of a protocol whose interface RCX points to. */
export function protocolFunction(a: Assembler, place: Memory): void {
  a.code.call(place);
  a.code.test(o.RAX, o.RAX);
}

type GuidName = keyof typeof efiGuid;

/** The address of a GUID in the image. */
export function loadGuid(a: Assembler, register: Register, name: GuidName): void {
  a.code.lea(register, mem(label(`guid_${name}`)));
}

/** Jumps to `target` unless 16 bytes at RSI are the GUID. Changes RAX. */
export function jumpUnlessGuid(a: Assembler, name: GuidName, target: o.Label): void {
  const { code: c } = a;
  for (const offset of [0, 8]) {
    c.mov(o.RAX, qword(label(`guid_${name}`, offset)));
    c.cmp(o.RAX, qword(o.RSI, offset));
    c.jne(target);
  }
}

export function writeGuids(a: Assembler, names: readonly GuidName[]): void {
  a.align(8);
  for (const name of names) {
    a.label(`guid_${name}`);
    a.bytes(guidBytes(efiGuid[name]));
  }
}
