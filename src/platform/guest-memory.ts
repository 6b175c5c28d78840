import { PAGE_SIZE } from '../abi/x86/paging.js';
import { Bytes } from '../core/bytes.js';
import { type Field, fieldSize, type Struct, type Values } from '../core/struct.js';
import type { Cpu } from '../machine/x86/cpu.js';

/**
 * A guest's memory as hypercalls and a BIOS reach it: by virtual address, with the guest's own rights, through the page tables in use.
 * What cannot be reached gives undefined or false, for -EFAULT, say, and leaves no trace.
 */
export class GuestMemory {
  constructor(readonly cpu: Cpu) {}

  /** A copy of `bytes` bytes. */
  read(address: bigint, bytes: number): DataView | undefined {
    const copy = new Uint8Array(bytes);
    const { linear, memory } = this.cpu;
    for (let i = 0; i < bytes; ) {
      const at = linear.reach(address + BigInt(i), false);
      if (at === undefined) return undefined;
      const part = Math.min(bytes - i, PAGE_SIZE - (at % PAGE_SIZE));
      copy.set(memory.guest.subarray(at, at + part), i);
      i += part;
    }
    return new DataView(copy.buffer);
  }

  /** All or nothing: every page is looked at before the first byte is written. */
  write(address: bigint, data: Uint8Array): boolean {
    const { cpu } = this;
    const parts: { at: number; from: number; bytes: number }[] = [];
    for (let i = 0; i < data.length; ) {
      const at = cpu.linear.reach(address + BigInt(i), true);
      if (at === undefined) return false;
      const bytes = Math.min(data.length - i, PAGE_SIZE - (at % PAGE_SIZE));
      parts.push({ at, from: i, bytes });
      i += bytes;
    }
    for (const { at, from, bytes } of parts) {
      const offset = at % PAGE_SIZE;
      cpu.blocks.invalidate((at - offset) / PAGE_SIZE, offset, offset + bytes);
      cpu.memory.ram(at, bytes).set(data.subarray(from, from + bytes));
    }
    return true;
  }

  /** The fields of a structure. */
  readStruct<F extends Record<string, Field>>(layout: Struct<F>, address: bigint): Values<F> | undefined {
    const view = this.read(address, layout.size);
    return view && layout.read(new Bytes(new Uint8Array(view.buffer), layout.name));
  }

  /** Writes these fields of a structure and nothing between them; false as for `write`. */
  writeFields<F extends Record<string, Field>>(
    { size, fields, write }: Struct<F>,
    address: bigint,
    values: Partial<Values<F>>,
  ): boolean {
    const bytes = new Uint8Array(size);
    write(new DataView(bytes.buffer), 0, values);
    return Object.keys(values).every((name) => {
      const one = fields[name]!;
      return this.write(
        address + BigInt(one.offset),
        bytes.subarray(one.offset, one.offset + fieldSize(one)),
      );
    });
  }

  readU64(address: bigint): bigint | undefined {
    return this.read(address, 8)?.getBigUint64(0, true);
  }

  writeU32(address: bigint, value: number): boolean {
    return this.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }

  writeU64(address: bigint, value: bigint): boolean {
    return this.write(address, new Uint8Array(BigUint64Array.of(value).buffer));
  }
}
