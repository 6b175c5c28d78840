import type { Fault } from '../autopsy/fault.js';

/** The address that an access was refused for: of a page fault, or one that is not canonical (`Fault.reason`). */
export function faultAddress({ address, reason }: Fault): bigint | undefined {
  const text = address ?? /the address (0x[0-9a-f]+) is not canonical/.exec(reason ?? '')?.[1];
  return text === undefined ? undefined : BigInt(text);
}
