import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import type { Put, Saved } from '../../saved.js';
import { DR6, DR7_GD } from '../debug.js';
import type { Processor } from '../processor.js';
import { deliver } from './exceptions.js';
import { GuestFault } from './fault.js';

/** What comes between instructions: interrupts, traps and faults, and double faults in their delivery. */
export class Events implements Saved {
  /** Deliveries so far. @unsaved compared within one step */
  #deliveries = 0;
  /** Deliveries that failed since one succeeded. */
  nesting = 0;
  /** Traps that waited when the running stretch began. @unsaved of the current run */
  #trapBefore = 0;

  constructor(readonly cpu: Processor) {}

  save(put: Put): void {
    put(this.nesting);
  }

  /** Breakpoints on data or ports were hit, as DR6 bits: a trap comes behind the running instruction. */
  hitBreakpoints(bits: number): void {
    if (bits === 0) return;
    const { cpu } = this;
    cpu.debugTrap |= bits;
    cpu.lookAgain();
    cpu.engine.retirement.breakAfterRecord();
  }

  /** Delivers what waits; true when something did. */
  attend(): boolean {
    const { cpu } = this;
    if (cpu.debugTrap && !this.#holdsDebug) {
      this.#trap();
      return true;
    }
    if (cpu.nmiPending && !cpu.nmiBlocked && !cpu.interruptShadow) {
      cpu.nmiPending = false;
      cpu.nmiBlocked = true;
      cpu.halted = false;
      this.#deliver(VECTOR.NMI, undefined, 'interrupt', cpu.rip);
      return true;
    }
    if (!cpu.interruptLine || !(cpu.systemFlags & FLAG.IF) || cpu.interruptShadow) return false;
    cpu.halted = false;
    // A monitor knows itself what waits.
    const vector = cpu.monitor ? 0 : cpu.outside.acknowledgeInterrupt();
    this.#deliver(vector, undefined, 'interrupt', cpu.rip);
    return true;
  }

  /** Executes at most `budget` instructions. */
  advance(budget: number): void {
    const { cpu } = this;
    const stepping = (cpu.systemFlags & FLAG.TF) !== 0;
    if (stepping || cpu.breakpoints.onCode) this.#step(stepping);
    else cpu.engine.execute(cpu.interruptShadow ? 1 : budget);
  }

  stretchBegins(): void {
    const { cpu } = this;
    this.#trapBefore = cpu.debugTrap;
    cpu.betweenIterations = false;
  }

  /** The trap behind an instruction comes before a fault in fetching the next one. */
  trapsFirst(): boolean {
    return this.cpu.debugTrap !== 0 && !this.#holdsDebug;
  }

  /** Delivers a fault of the instruction at RIP; `behind`: where to go on, from there. */
  fault(thrown: GuestFault, behind: number): void {
    const { cpu } = this;
    // What a faulting instruction hit, it hits again when it is restarted.
    cpu.debugTrap = this.#trapBefore;
    if (thrown.vector === VECTOR.DB) this.#noteTrap();
    const start = thrown.restart ?? cpu.rip;
    cpu.rip = start + BigInt(behind);
    this.#deliver(thrown.vector, thrown.errorCode, thrown.software ? 'software' : 'exception', start);
  }

  /** Between a load of SS and the end of the next instruction no debug exception comes (Intel SDM vol. 3, §6.8.3). */
  get #holdsDebug(): boolean {
    return this.cpu.debugHeld && this.cpu.interruptShadow;
  }

  /** The debug trap behind the last instruction. */
  #trap(): void {
    this.#noteTrap();
    this.cpu.halted = false;
    this.#deliver(VECTOR.DB, undefined, 'exception', this.cpu.rip);
    // Pushing the frame of a debug exception is not watched: a breakpoint on the stack would trap for ever.
    this.cpu.debugTrap = 0;
  }

  /** What waits for a debug exception goes with the one that is about to be delivered. */
  #noteTrap(): void {
    const bits = BigInt(this.cpu.debugTrap);
    this.cpu.debugTrap = 0;
    const kept = bits & DR6.HITS ? this.cpu.debug[6]! & ~DR6.HITS : this.cpu.debug[6]!;
    this.cpu.debug[6] = kept | bits;
  }

  /** One instruction with everything that debugging adds: breakpoints before it, the single-step trap after it. */
  #step(single: boolean): void {
    const resume = (this.cpu.systemFlags & FLAG.RF) !== 0;
    const pass = resume || this.cpu.betweenIterations || this.#holdsDebug;
    const hits = pass ? 0 : this.cpu.breakpoints.code(this.cpu.rip);
    if (hits) {
      this.cpu.debug[6] = (this.cpu.debug[6]! & ~DR6.HITS) | BigInt(hits);
      this.#deliver(VECTOR.DB, undefined, 'exception', this.cpu.rip);
      this.cpu.debugTrap = 0;
      return;
    }
    this.cpu.debugHeld = false;
    const deliveries = this.#deliveries;
    // Cleared before, since the instruction may be an IRET that sets it.
    if (resume) this.cpu.systemFlags &= ~FLAG.RF;
    if (!this.cpu.engine.execute(1)) {
      if (resume && deliveries === this.#deliveries) this.cpu.systemFlags |= FLAG.RF;
      return;
    }
    if (single && !this.cpu.debugHeld) this.cpu.debugTrap |= Number(DR6.BS);
    // MOV SS and POP SS hold longer than their own end.
    if (!this.cpu.interruptShadow) this.cpu.debugHeld = false;
  }

  /** Delivers through the IDT; double and triple faults follow from faults on the way. */
  #deliver(
    vector: number,
    errorCode: number | undefined,
    kind: 'interrupt' | 'exception' | 'software',
    restart: bigint,
  ): void {
    this.#deliveries++;
    if (this.cpu.monitor?.intercept(vector, errorCode, kind)) return;
    for (const listener of this.cpu.onDeliver) listener(vector, errorCode, kind);
    if (vector === VECTOR.DB && kind === 'exception' && this.cpu.debug[7]! & DR7_GD)
      this.cpu.debug[7] = this.cpu.debug[7]! & ~DR7_GD;
    if (this.cpu.monitor) {
      this.cpu.monitor.deliver(vector, errorCode, kind, restart);
      this.cpu.betweenIterations = false;
      return;
    }
    try {
      deliver(this.cpu, vector, errorCode, kind);
      this.cpu.betweenIterations = false;
      this.nesting = 0;
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      const second = thrown.vector;
      const secondError = thrown.errorCode;
      // An INT n that cannot be delivered faults as an instruction: it is the one to return to.
      const place = thrown.restart ?? restart;
      this.cpu.rip = place;
      const contributory = (v: number): boolean => v === 0 || (v >= 10 && v <= 13);
      // Benign faults in delivery (#AC at level 3) may come without end: processors hang then.
      if ((kind === 'exception' && vector === VECTOR.DF) || ++this.nesting > 16) {
        this.nesting = 0;
        this.cpu.engine.endRun('shutdown');
        return;
      }
      const double =
        kind === 'exception' &&
        ((contributory(vector) && contributory(second)) ||
          (vector === VECTOR.PF && (second === VECTOR.PF || contributory(second))));
      this.#deliver(double ? VECTOR.DF : second, double ? 0 : secondError, 'exception', place);
    }
  }
}
