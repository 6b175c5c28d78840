import type { Register } from 'iced-x86';
import { bootInformation, entryState } from '../../abi/boot-information.js';
import { type Field, fieldSize, type Struct } from '../../core/struct.js';
import { byte, dword, type Label, label, type Memory, qword, word } from '../assembler/operands.js';

const sized = { 1: byte, 2: word, 4: dword, 8: qword } as const;

/** A field of a structure as memory operand, from where a register or a label points. */
export function at<F extends Record<string, Field>>(
  struct: Struct<F>,
  from: Register | Label,
  name: keyof F & string,
  plus = 0,
): Memory {
  const field = struct.fields[name]!;
  const offset = field.offset + plus;
  const make = sized[fieldSize(field) as keyof typeof sized];
  if (!make) throw new Error(`${struct.name}.${name} is no number`);
  return typeof from === 'object' ? make({ ...from, plus: from.plus + offset }) : make(from, offset);
}

/** Where the image keeps its boot information and the processor's state at the entry. */
export const BOOT_INFORMATION = label('boot_information');
export const ENTRY_STATE = label('entry_state');

export const boot = (name: keyof typeof bootInformation.fields): Memory =>
  at(bootInformation, BOOT_INFORMATION, name);

/** `half`: 4 for the upper 32 bits, as 32-bit code needs them. */
export const state = (name: keyof typeof entryState.fields, half = 0): Memory =>
  at(entryState, ENTRY_STATE, name, half);

/** The same in 32 bits, for 32-bit code. */
export function low(memory: Memory): Memory {
  return { ...memory, size: 32 };
}
