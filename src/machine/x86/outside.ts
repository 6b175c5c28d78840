/** What the processor needs from the machine around it. */
export interface Outside {
  portIn(port: number, size: 1 | 2 | 4): number;
  portOut(port: number, size: 1 | 2 | 4, value: number): void;
  /** Takes the waiting interrupt: its vector. */
  acknowledgeInterrupt(): number;
  /** MSRs that belong to devices (local APIC); undefined: not one of them. */
  readMsr(index: number): bigint | undefined;
  writeMsr(index: number, value: bigint): boolean;
  cpuid(leaf: number, subleaf: number): { eax: number; ebx: number; ecx: number; edx: number };
  /** Task priority (CR8), kept by the local APIC. */
  taskPriority: number;
  /** Called when the processor needs the clock to show `now` exactly. */
  synchronize(now: number): void;
  /** A performance counter has overflowed and is to interrupt; `masks`: the local APIC masks its entry, as Intel's do. */
  counterOverflowed?(masks: boolean): void;
  /** The guest has moved the time-stamp counter: by so much it is ahead of the instructions retired. */
  timeStampMoved?(offset: bigint): void;
}
