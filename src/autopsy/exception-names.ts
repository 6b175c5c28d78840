import { VECTOR } from '../abi/x86/vectors.js';

/** Exceptions by vector, spelt as in the Intel SDM vol. 3, table 7-1. */
const names: Readonly<Record<number, readonly [mnemonic: string, meaning: string]>> = {
  [VECTOR.DE]: ['#DE', 'divide error'],
  [VECTOR.DB]: ['#DB', 'debug exception'],
  [VECTOR.NMI]: ['NMI', 'non-maskable interrupt'],
  [VECTOR.BP]: ['#BP', 'breakpoint'],
  [VECTOR.OF]: ['#OF', 'overflow'],
  [VECTOR.BR]: ['#BR', 'bound range exceeded'],
  [VECTOR.UD]: ['#UD', 'invalid opcode'],
  [VECTOR.NM]: ['#NM', 'no FPU'],
  [VECTOR.DF]: ['#DF', 'double fault'],
  [VECTOR.TS]: ['#TS', 'invalid TSS'],
  [VECTOR.NP]: ['#NP', 'segment not present'],
  [VECTOR.SS]: ['#SS', 'stack segment fault'],
  [VECTOR.GP]: ['#GP', 'general protection fault'],
  [VECTOR.PF]: ['#PF', 'page fault'],
  [VECTOR.MF]: ['#MF', 'x87 error'],
  [VECTOR.AC]: ['#AC', 'alignment check'],
  [VECTOR.MC]: ['#MC', 'machine check'],
  [VECTOR.XM]: ['#XM', 'SIMD error'],
  [VECTOR.VE]: ['#VE', 'virtualization exception'],
  [VECTOR.CP]: ['#CP', 'control protection exception'],
};

/** "#PF". */
export function exceptionName(vector: number): string {
  return names[vector]?.[0] ?? `vector ${vector}`;
}

/** "page fault". */
export function exceptionMeaning(vector: number): string {
  return names[vector]?.[1] ?? `interrupt ${vector}`;
}
