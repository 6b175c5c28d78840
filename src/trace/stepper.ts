import { KernelPlace } from '../autopsy/kernel-place.js';
import type { Runner } from '../boot/options.js';
import type { Image, kernelElf } from '../image/image.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine, MachineStop } from '../machine/machine.js';
import { type FunctionTable, signed } from './function-table.js';
import { TreeBuilder } from './tree-builder.js';

/** The longest instruction, Intel SDM vol. 2, §2.3.11. */
const longest = 15;
const stackPointer = 4;

/**
 * Runs a machine like its own `run`, but one instruction at a time while `begin` has been and `end` has not: so every call,
 * jump, return and exception between two functions is seen. Time is the count of instructions, so nothing else changes.
 */
export class Stepper implements Runner {
  readonly tree = new TreeBuilder();
  span: { first: number; end: number } | null = null;
  #state: 'before' | 'asked' | 'stepping' | 'done' = 'before';
  /** What comes next is in the middle of what would be one run. */
  #inMiddle = false;
  #place: KernelPlace | undefined;
  #delivered: { rip: number; stack: bigint; kind: 'exception' | 'interrupt' } | undefined;
  /** The function of the last address that was looked up, and its bounds in linear addresses. */
  #row = 0;
  #low = 0;
  #high = 0;

  constructor(
    readonly kernel: NonNullable<ReturnType<typeof kernelElf>> & Image,
    readonly symbols: SymbolTable | undefined,
    readonly functions: FunctionTable,
  ) {}

  /** Steps from the next instruction on. */
  begin(machine: Machine, running: boolean): void {
    if (this.#state !== 'before') return;
    this.#state = 'asked';
    if (running) machine.stop();
  }

  end(): void {
    if (this.#state === 'stepping') this.#state = 'done';
  }

  run(machine: Machine, until: number): MachineStop {
    for (;;) {
      if (this.#state === 'stepping') {
        const stop = this.#step(machine, until);
        if (stop !== 'budget' || machine.cpu.now >= until) return stop;
      } else if (this.#state === 'asked') this.#start(machine);
      else {
        const stop = machine.run(until, { continues: this.#inMiddle });
        this.#inMiddle = stop === 'stopped' && (this.#state as string) === 'asked';
        if (!this.#inMiddle) return stop;
      }
    }
  }

  #start(machine: Machine): void {
    const { kernel, symbols } = this;
    this.#place = new KernelPlace(kernel, symbols, machine, { firstRuns: [] });
    this.#state = 'stepping';
    this.span = { first: machine.instructions, end: machine.instructions };
    machine.cpu.onDeliver.push((_vector, _errorCode, kind) => {
      if (this.#state !== 'stepping') return;
      const { cpu } = machine;
      const stack = cpu.gpr[stackPointer]!;
      this.#delivered ??= {
        rip: signed(cpu.rip),
        stack,
        kind: kind === 'interrupt' ? 'interrupt' : 'exception',
      };
    });
    this.tree.root(this.#find(machine, signed(machine.cpu.rip)), machine.instructions);
  }

  #step(machine: Machine, until: number): MachineStop {
    const { cpu } = machine;
    const from = signed(cpu.rip);
    const stackBefore = cpu.gpr[stackPointer]!;
    const instructions = machine.instructions;
    this.#delivered = undefined;
    const to = Math.min(until, cpu.now + 1);
    const stop = machine.run(to, { continues: this.#inMiddle, goesOn: to < until });
    this.#inMiddle = to < until;
    const now = machine.instructions;
    this.tree.spend(now - instructions);
    this.span!.end = now;
    this.#note(machine, from, stackBefore, now);
    return stop;
  }

  #note(machine: Machine, from: number, stackBefore: bigint, instruction: number): void {
    const { cpu } = machine;
    const { tree } = this;
    const to = signed(cpu.rip);
    const fromRow = this.#row;
    const site = from >= this.#low && from < this.#high ? from - this.#low : 0;
    const row = to >= this.#low && to < this.#high ? this.#row : this.#find(machine, to);
    const stack = cpu.gpr[stackPointer]!;
    if (this.#delivered) {
      const { stack: before, kind } = this.#delivered;
      tree.enter({ row, kind, site, stack: before, instruction });
      return;
    }
    const bytes = cpu.codeBits === 64 ? 8n : 4n;
    const isStart = to === this.#low;
    if (row === fromRow && !isStart && !(to < from || to > from + longest)) return;
    if (stack === BigInt.asUintN(64, stackBefore - bytes)) {
      const pushed = this.#read(machine, stack, Number(bytes));
      if (pushed !== undefined && pushed > from && pushed <= from + longest && pushed !== to) {
        if (isStart || row !== fromRow)
          tree.enter({ row, kind: 'call', site, returnTo: pushed, stack: stackBefore, instruction });
        return;
      }
    }
    if (stack > stackBefore && tree.leave(to, stack)) return;
    if (row === tree.row || (!isStart && tree.resume(row))) return;
    const kind = to > from && to <= from + longest ? 'fall' : 'jump';
    tree.enter({ row, kind, site, stack, instruction });
  }

  /** The function at a linear address, and its bounds for the next question. */
  #find(machine: Machine, address: number): number {
    const { functions } = this;
    const linked = this.#linked(machine, address);
    const row = linked === undefined ? undefined : functions.at(linked);
    if (row === undefined) {
      this.#row = functions.whole(linked === undefined ? 'other' : 'kernel');
      this.#low = this.#high = address;
    } else {
      this.#row = row;
      this.#low = functions.start(row) + address - linked!;
      this.#high = functions.end(row) + address - linked!;
    }
    return this.#row;
  }

  #linked(machine: Machine, address: number): number | undefined {
    const place = this.#place!;
    // Where KASLR puts the kernel virtually is not known yet, but where it lies is. A guest of Xen has addresses of its own.
    const physical = machine.cpu.monitor ? undefined : this.#physical(machine, address);
    const linked =
      physical === undefined
        ? place.linked(BigInt.asUintN(64, BigInt(address)))
        : place.linkedPhysical(physical);
    return linked === undefined ? undefined : signed(linked);
  }

  #physical({ cpu }: Machine, address: number): number | undefined {
    const frame = cpu.walker.peek(Math.floor(address / 4096));
    return frame === undefined ? undefined : frame * 4096 + (((address % 4096) + 4096) % 4096);
  }

  #read({ cpu }: Machine, address: bigint, bytes: number): number | undefined {
    const data = cpu.linear.peek(address, bytes);
    if (!data) return undefined;
    const view = new DataView(data.buffer, data.byteOffset, bytes);
    return bytes === 8 ? Number(view.getBigInt64(0, true)) : view.getUint32(0, true);
  }
}
