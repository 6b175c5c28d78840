import type { EventKind } from './exceptions/event-kind.js';

/**
 * A hypervisor under a deprivileged guest, without any code of its own in it: the processor asks it where it would look
 * into the IDT or go to where SYSCALL leads. The guest runs at level 3 throughout.
 */
export interface Monitor {
  /** A program of the guest runs, not its kernel. */
  readonly userMode: boolean;
  /** An event that the guest never learns of: emulates what caused it. False: it is the guest's. RIP as for `deliver`. */
  intercept(vector: number, errorCode: number | undefined, kind: EventKind): boolean;
  /** Makes the guest's handler run. RIP is that of the instruction to return to; `restart` that of the one that faulted. */
  deliver(vector: number, errorCode: number | undefined, kind: EventKind, restart: bigint): void;
  /** SYSCALL; RIP is behind it. Execution goes on at the RIP this leaves. */
  systemCall(): void;
}
