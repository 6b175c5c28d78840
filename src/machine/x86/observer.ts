import type { MsrAccess } from './msr.js';

/**
 * Told of what code asks its processor and the ports: by a platform that answers in their place, too. Called while the instruction
 * is executed, so `cpu.now` is the count of those before it.
 */
export interface Observer {
  cpuid(leaf: number, subleaf: number): void;
  msr(access: MsrAccess): void;
  port(port: number, bytes: number, write: boolean): void;
}
