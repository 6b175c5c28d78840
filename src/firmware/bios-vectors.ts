/** The segment of a BIOS's code, as on every PC. */
const BIOS_SEGMENT = 0xf000;
/** The port at which the code behind a vector asks for the service; a PC has nothing there. */
export const BIOS_PORT = 0xef;

/** The code behind a vector: `out BIOS_PORT, al; iret; nop`. */
const STUB = [0xe6, BIOS_PORT, 0xcf, 0x90] as const;
const VECTORS = 256;

/** Bytes of the interrupt vector table, which is at 0. */
export const VECTOR_TABLE_SIZE = VECTORS * 4;

/**
 * Writes the interrupt vector table as a BIOS leaves it, and code of its own for each vector, so that a program can hook one and
 * go on to what was there. `guest` is guest-physical memory from 0.
 */
export function writeBiosVectors(guest: DataView): void {
  for (let vector = 0; vector < VECTORS; vector++) {
    const stub = vector * STUB.length;
    guest.setUint16(vector * 4, stub, true);
    guest.setUint16(vector * 4 + 2, BIOS_SEGMENT, true);
    for (const [i, byte] of STUB.entries()) guest.setUint8(BIOS_SEGMENT * 16 + stub + i, byte);
  }
}

/** The vector whose code begins at this linear address; undefined for any other place. */
export function vectorOf(linear: bigint): number | undefined {
  const vector = (Number(linear) - BIOS_SEGMENT * 16) / STUB.length;
  return Number.isInteger(vector) && vector >= 0 && vector < VECTORS ? vector : undefined;
}
