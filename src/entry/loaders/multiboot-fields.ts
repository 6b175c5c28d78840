import { multibootFlags, multibootHeader } from '../../abi/multiboot.js';
import type { Multiboot1Header } from '../../image/container/multiboot.js';
import type { LoadedFile, Objection } from './loading.js';

const FIELDS = multibootHeader.fields.header_addr.offset;
const SIZE = 20;

/** Whether loaders go by the address fields; ELF segments do not count then. */
export function hasAddresses({ flags }: Multiboot1Header): boolean {
  return ((flags >>> multibootFlags.AOUT_KLUDGE) & 1) === 1;
}

/** The address fields where loaders go by them, read wherever they stand; 0 behind the end of the file. */
export function addressesOf({
  header,
  layer: { bytes },
}: LoadedFile<Multiboot1Header>): NonNullable<Multiboot1Header['load']> | undefined {
  if (!hasAddresses(header)) return undefined;
  if (header.load) return header.load;
  const word = (index: number): number => {
    const at = header.offset + FIELDS + index * 4;
    return bytes.has(at, 4) ? bytes.u32(at) : 0;
  };
  return {
    headerAddr: word(0),
    loadAddr: word(1),
    loadEndAddr: word(2),
    bssEndAddr: word(3),
    entryAddr: word(4),
  };
}

/** An objection to the address fields. */
export function toFields(
  { offset }: Multiboot1Header,
  outcome: Objection['outcome'],
  why: string,
): Objection {
  return { outcome, why, offset: offset + FIELDS, size: SIZE };
}
