import type { MsrRegister } from './msr-register.js';

/** The register of counter `n`, which keeps what `taken` makes of a value written. */
export const performanceCounter = (n: number, taken: (value: bigint) => bigint): MsrRegister => ({
  read: ({ performance }) => performance.read(n),
  write: ({ performance }, value) => {
    performance.write(n, taken(value));
    return true;
  },
});

/** What counter `n` counts. */
export const eventSelect = (n: number, index: number): MsrRegister => ({
  read: (cpu) => cpu.msr.get(index) ?? 0n,
  write: ({ performance }, value) => {
    performance.writeSelect(n, value);
    return true;
  },
});
