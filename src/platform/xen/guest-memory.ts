import { Bytes } from '../../core/bytes.js';
import { type Field, fieldSize, type Struct, type Values } from '../../core/struct.js';
import { ACCESS } from '../../machine/engine/architecture.js';
import { ramStart } from '../../machine/engine/layout.js';
import type { Cpu } from '../../machine/x86/cpu.js';
import { GuestFault } from '../../machine/x86/exceptions/fault.js';

const PAGE = 4096;

/**
 * A guest's memory as hypercalls reach it: by virtual address, with the guest's own rights, through the page tables in use.
 * What cannot be reached gives undefined or false, for -EFAULT, and leaves no trace.
 */
export class GuestMemory {
  constructor(readonly cpu: Cpu) {}

  /** Place in linear memory of the byte at a virtual address; -1 when the guest could not access it. */
  place(address: bigint, write: boolean): number {
    const { cpu } = this;
    const signed = BigInt.asIntN(64, address);
    const before = cpu.cr2;
    try {
      const access = write ? ACCESS.WRITE : ACCESS.READ;
      const { frame } = cpu.walker.translate(
        Number(signed >> 12n),
        Number(signed & 0xfffn),
        access,
        cpu.cpl === 3,
        true,
      );
      const offset = Number(signed & 0xfffn);
      return cpu.memory.isRam(frame * PAGE) ? ramStart + frame * PAGE + offset : -1;
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      cpu.cr2 = before;
      return -1;
    }
  }

  /** A copy of `bytes` bytes. */
  read(address: bigint, bytes: number): DataView | undefined {
    const copy = new Uint8Array(bytes);
    const { u8 } = this.cpu.memory;
    for (let i = 0; i < bytes; ) {
      const at = this.place(address + BigInt(i), false);
      if (at < 0) return undefined;
      const part = Math.min(bytes - i, PAGE - (at % PAGE));
      copy.set(u8.subarray(at, at + part), i);
      i += part;
    }
    return new DataView(copy.buffer);
  }

  /** All or nothing: every page is looked at before the first byte is written. */
  write(address: bigint, data: Uint8Array): boolean {
    const { cpu } = this;
    const parts: { at: number; from: number; bytes: number }[] = [];
    for (let i = 0; i < data.length; ) {
      const at = this.place(address + BigInt(i), true);
      if (at < 0) return false;
      const bytes = Math.min(data.length - i, PAGE - (at % PAGE));
      parts.push({ at, from: i, bytes });
      i += bytes;
    }
    for (const { at, from, bytes } of parts) {
      const offset = at % PAGE;
      cpu.blocks.invalidate((at - ramStart - offset) / PAGE, offset, offset + bytes);
      cpu.memory.u8.set(data.subarray(from, from + bytes), at);
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
