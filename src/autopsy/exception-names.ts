/** Exceptions by vector, spelt as in the Intel SDM vol. 3, table 7-1. */
const names: Readonly<Record<number, readonly [mnemonic: string, meaning: string]>> = {
  0: ['#DE', 'divide error'],
  1: ['#DB', 'debug exception'],
  2: ['NMI', 'non-maskable interrupt'],
  3: ['#BP', 'breakpoint'],
  4: ['#OF', 'overflow'],
  5: ['#BR', 'bound range exceeded'],
  6: ['#UD', 'invalid opcode'],
  7: ['#NM', 'no FPU'],
  8: ['#DF', 'double fault'],
  10: ['#TS', 'invalid TSS'],
  11: ['#NP', 'segment not present'],
  12: ['#SS', 'stack segment fault'],
  13: ['#GP', 'general protection fault'],
  14: ['#PF', 'page fault'],
  16: ['#MF', 'x87 error'],
  17: ['#AC', 'alignment check'],
  18: ['#MC', 'machine check'],
  19: ['#XM', 'SIMD error'],
  20: ['#VE', 'virtualization exception'],
  21: ['#CP', 'control protection exception'],
};

/** "#PF". */
export function exceptionName(vector: number): string {
  return names[vector]?.[0] ?? `vector ${vector}`;
}

/** "page fault". */
export function exceptionMeaning(vector: number): string {
  return names[vector]?.[1] ?? `interrupt ${vector}`;
}

export const vectors = { DB: 1, BP: 3, UD: 6, NM: 7, DF: 8, TS: 10, NP: 11, SS: 12, GP: 13, PF: 14 } as const;
