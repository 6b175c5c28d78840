import { PAGE_SIZE } from '../abi/x86/paging.js';
import type { KernelPlace } from '../autopsy/kernel-place.js';
import type { Marks } from '../machine/observe.js';
import type { Cpu } from '../machine/x86/cpu.js';
import { type FunctionTable, signed, step } from './function-table.js';

/** The starts of a kernel's functions, wherever they run: as numbers the rows of the function table, and 1. */
export class FunctionMarks implements Marks {
  constructor(
    readonly cpu: Cpu,
    readonly functions: FunctionTable,
    readonly place: KernelPlace,
  ) {}

  at(page: number, offset: number, frame: number): number {
    const linked = this.linked(page, offset, frame);
    const row = linked === undefined ? undefined : this.functions.at(linked);
    return row !== undefined && this.functions.start(row) === linked ? row + 1 : 0;
  }

  next(page: number, offset: number, frame: number): number {
    const linked = this.linked(page, offset, frame);
    if (linked === undefined) return PAGE_SIZE;
    return Math.min(PAGE_SIZE, offset + this.functions.after(linked) - linked);
  }

  /** Link-time address (signed) of the kernel's code at a place; undefined of any other code. */
  linked(page: number, offset: number, frame: number): number | undefined {
    const { cpu, place } = this;
    if (cpu.userMode) return undefined;
    // Where KASLR puts the kernel virtually is not known early, but where it lies is. A guest of Xen has addresses of its own.
    const found = cpu.monitor
      ? place.linked(BigInt.asUintN(64, BigInt(page) * BigInt(PAGE_SIZE)))
      : place.linkedPhysical(frame * PAGE_SIZE);
    if (found === undefined) return undefined;
    const linked = signed(found);
    // Pages that were the kernel's and have become others': modules have their own addresses.
    return (page * PAGE_SIZE - linked) % step === 0 ? linked + offset : undefined;
  }
}
