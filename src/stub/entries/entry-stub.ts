import { bootEntry, entryState } from '../../abi/boot-information.js';
import type { OrderedItem } from '../../core/ordered-table.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { low, state } from '../common/fields.js';

export type StubId = keyof typeof bootEntry;

/** One way into the universal image: a pre-stub that says which it is, and the conversion of what the loader handed over. */
export interface EntryStub extends OrderedItem {
  readonly id: StubId;
  /** What a loader looks for in the file's first bytes. */
  readonly header?: (a: Assembler) => void;
  /** The pre-stub: the first instructions, and nothing but these is specific to how the processor was left. */
  readonly preStub: (a: Assembler) => void;
  /** Memory the pre-stub fills, without content in the file and not cleared at the start. */
  readonly space?: (a: Assembler) => void;
  readonly converter: Converter;
}

/** Makes boot information of what a loader handed over; entries that are given the same structure share one. */
export interface Converter {
  /** Name of the part that `write` adds. */
  readonly part: string;
  /**
   * A function of 64-bit code: RSI points to the entry's structure; fills boot_information through `add_memory_range` and
   * `add_module`. May change every register but RSP.
   */
  readonly write: (a: Assembler) => void;
}

/** What the common start must know of an entry; a pre-stub loads its address and jumps. */
export const entryRecord = {
  convert: 0,
  entry: 8,
  id: 16,
  bits: 20,
  /** Offset in entry_state of the register that points to the entry's structure. */
  data: 24,
  size: 32,
} as const;

/** The register an entry's structure arrives in. */
type DataRegister = 'rbx' | 'rsi' | 'rdx';

/** Where the entry of that name is, for headers and notes. */
export const entryLabel = (id: StubId): o.Label => label(`entry_${id}`);

/** A pre-stub of 32-bit code: everything flat, no stack. */
export function preStub32(a: Assembler, { id, converter }: EntryStub, data: DataRegister): void {
  const { code: c } = a;
  a.bits(32);
  a.part(`entry_${id}`, () => {
    c.mov(low(state('rax')), o.EAX);
    c.mov(o.EAX, imm(label(`record_${id}`)));
    c.jmp(label('enter_32'));
  });
  a.bits(64);
  writeRecord(a, id, converter, data, 32);
}

/** A pre-stub of 64-bit code. */
export function preStub64(a: Assembler, { id, converter }: EntryStub, data: DataRegister): void {
  const { code: c } = a;
  a.part(`entry_${id}`, () => {
    c.mov(state('rax'), o.RAX);
    c.lea(o.RAX, mem(label(`record_${id}`)));
    c.jmp(label('enter_64'));
  });
  writeRecord(a, id, converter, data, 64);
}

export function writeRecord(
  a: Assembler,
  id: StubId,
  converter: Converter,
  data: DataRegister,
  bits: 32 | 64,
): void {
  a.align(8);
  a.label(`record_${id}`);
  a.u64(label(converter.part));
  a.u64(entryLabel(id));
  a.u32(bootEntry[id]);
  a.u32(bits);
  a.u64(entryState.fields[data].offset);
}
