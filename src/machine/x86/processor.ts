import type { Blocks } from '../engine/blocks.js';
import type { Epochs } from '../engine/epochs.js';
import type { LinearMemory } from '../engine/linear-memory.js';
import type { Retirement } from '../engine/retirement.js';
import type { Tlb } from '../engine/tlb.js';
import type { PhysicalMemory } from '../memory.js';
import type { Breakpoints } from './debug.js';
import type { LinearAccess } from './linear-access.js';
import type { Monitor } from './monitor.js';
import type { MsrAccess, Observer } from './observer.js';
import type { OperandsOf, Size } from './operands.js';
import type { Outside } from './outside.js';
import type { PageWalker } from './paging.js';
import type { PerformanceCounters } from './performance-counters.js';
import type { DescriptorTable } from './segments/descriptor-table.js';
import type { Vendor } from './vendor.js';

/**
 * A processor as instructions in TypeScript, segments and exceptions see it; `Cpu` is the one there is, and says what each member
 * means. It is put together of what reads this, so that only an interface can come before all.
 */
export interface Processor {
  readonly memory: PhysicalMemory;
  readonly outside: Outside;
  readonly vendor: Vendor;
  readonly physicalBits: number;
  monitor: Monitor | undefined;
  onHypercall: (() => void) | undefined;
  observer: Observer | undefined;
  readonly onDeliver: readonly ((vector: number, errorCode: number | undefined, kind: string) => void)[];

  readonly gpr: BigUint64Array;
  rip: bigint;
  flags: number;
  systemFlags: number;
  readonly cr0: number;
  cr2: bigint;
  readonly cr3: bigint;
  readonly cr4: number;
  readonly efer: number;
  readonly cpl: number;
  readonly debug: BigUint64Array;
  readonly msr: Map<number, bigint>;
  readonly lastMsrs: MsrAccess[];
  readonly gdtr: DescriptorTable;
  readonly idtr: DescriptorTable;
  readonly segment: { readonly ss: { selector: number } };
  xcr0: number;
  timeStampOffset: bigint;
  randomState: bigint;
  setCr0(value: number): void;
  setCr3(value: bigint): void;
  setCr4(value: number): void;
  setEfer(value: number): void;
  setCpl(level: number): void;
  setArithmeticFlags(value: number): void;
  modeChanged(): void;

  readonly longMode: boolean;
  readonly codeBits: 16 | 32 | 64;
  readonly csBase: number;
  readonly realOrVm: boolean;
  readonly modeKey: number;
  readonly codeLimit: number;

  halted: boolean;
  interruptShadow: boolean;
  readonly interruptLine: boolean;
  debugTrap: number;
  debugHeld: boolean;
  betweenIterations: boolean;
  nmiPending: boolean;
  nmiBlocked: boolean;
  readonly breakpoints: Breakpoints;
  readonly performance: PerformanceCounters;
  readonly events: { hitBreakpoints(bits: number): void };
  readonly now: number;
  readonly idle: number;
  lookAgain(): void;

  readonly walker: PageWalker;
  readonly tlb: Tlb;
  readonly addressing: {
    readonly looksAtAll: boolean;
    readonly supervisorMode: number;
    checkAlignment(offset: number, bytes: number): void;
  };
  readonly linear: LinearAccess;
  readonly blocks: Blocks;
  readonly engine: {
    readonly linear: LinearMemory;
    readonly retirement: Retirement;
    readonly epochs: Epochs;
    fetchFrame(page: number, offset: number): number;
    execute(budget: number): boolean;
    endRun(reason: 'shutdown'): void;
  };
  flushTlb(): void;
  invalidatePage(address: bigint): void;
  segmentFault(index: number): never;

  operandAddress: bigint;
  nextRip: bigint;
  readOperand(instruction: OperandsOf, n: number, size?: Size): bigint;
  writeOperand(instruction: OperandsOf, n: number, value: bigint, size?: Size): void;
  readGpr(number: number, bits: number, high?: boolean): bigint;
  writeGpr(number: number, value: bigint, bits: number, high?: boolean): void;
  jumpTo(linear: bigint): void;
  jumpToHalves(low: number, high: number): void;
}
