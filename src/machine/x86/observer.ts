/** One access to a model-specific register. */
export interface MsrAccess {
  readonly index: number;
  readonly write: boolean;
  /** What was read or written. */
  readonly value: bigint;
  /** It raised #GP. */
  readonly refused: boolean;
  readonly rip: bigint;
}

/**
 * Told of what code asks its processor and the ports: by a platform that answers in their place, too. Called while the instruction
 * is executed, so `cpu.now` is the count of those before it.
 */
export interface Observer {
  cpuid(leaf: number, subleaf: number): void;
  msr(access: MsrAccess): void;
  port(port: number, bytes: number, write: boolean): void;
}
