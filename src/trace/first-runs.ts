import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';

/** Bytes of early code that are kept to recognise it by. */
const keptBytes = 32;

/** A piece of code that ran for the first time. */
export interface RawRun {
  readonly instruction: number;
  /** Linear address, signed. */
  readonly pc: number;
  /** Physical address. */
  readonly at: number;
  /** Bytes. */
  readonly size: number;
  /** What stood there, of code below the kernel's own addresses: it may be gone later. */
  readonly code: Uint8Array | undefined;
}

/** What ran for the first time, in order, as the machine saw it: where that lies in an image is asked afterwards. */
export class RawRuns {
  readonly rows: RawRun[] = [];
  readonly user = { pieces: 0, bytes: 0 };

  /** `floor`: the lowest address of the kernel's own space. */
  constructor(
    readonly machine: () => Machine,
    readonly floor: number,
  ) {}

  readonly add = (block: Block, instruction: number): void => {
    const { cpu, memory } = this.machine();
    const size = block.end - block.offset;
    if (cpu.userMode) {
      this.user.pieces++;
      this.user.bytes += size;
      return;
    }
    const pc = block.page * 4096 + block.offset;
    const at = block.frame * 4096 + block.offset;
    const isHigh = this.floor < 0 ? pc < 0 : pc >= this.floor;
    const code =
      isHigh || at >= memory.ramSize
        ? undefined
        : memory.ram(at, Math.min(Math.max(keptBytes, size), memory.ramSize - at)).slice();
    this.rows.push({ instruction, pc, at, size, code });
  };
}
