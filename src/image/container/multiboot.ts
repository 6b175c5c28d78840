import { MULTIBOOT_MAGIC, MULTIBOOT_SEARCH, multibootFlags, multibootHeader } from '../../abi/multiboot.js';
import type { Bytes } from '../../core/bytes.js';

/** A Multiboot 0.6.96 header (magic 0x1BADB002 within the first 8192 bytes, 4-aligned, checksum right). */
export interface Multiboot1Header {
  readonly offset: number;
  readonly flags: number;
  /** The a.out kludge's address fields (flags bit 16). */
  readonly load?: {
    readonly headerAddr: number;
    readonly loadAddr: number;
    readonly loadEndAddr: number;
    readonly bssEndAddr: number;
    readonly entryAddr: number;
  };
  /** Video fields (flags bit 2). */
  readonly video?: {
    readonly mode: number;
    readonly width: number;
    readonly height: number;
    readonly depth: number;
  };
}

const { fields } = multibootHeader;

/** Finds the first valid Multiboot header; undefined when there is none. */
export function parseMultiboot(bytes: Bytes): Multiboot1Header | undefined {
  const end = Math.min(bytes.length, MULTIBOOT_SEARCH);
  for (let offset = 0; offset + 12 <= end; offset += 4) {
    if (bytes.u32(offset) !== MULTIBOOT_MAGIC) continue;
    const flags = bytes.u32(offset + fields.flags.offset);
    const sum = MULTIBOOT_MAGIC + flags + bytes.u32(offset + fields.checksum.offset);
    if (sum % 2 ** 32 !== 0) continue;
    // The whole header must lie in the searched bytes, as far as its flags make it go.
    const addresses = bit(flags, multibootFlags.AOUT_KLUDGE) && offset + fields.mode_type.offset <= end;
    const video = bit(flags, multibootFlags.VIDEO_MODE) && offset + multibootHeader.size <= end;
    const at = (field: { offset: number }) => bytes.u32(offset + field.offset);
    return {
      offset,
      flags,
      load: addresses
        ? {
            headerAddr: at(fields.header_addr),
            loadAddr: at(fields.load_addr),
            loadEndAddr: at(fields.load_end_addr),
            bssEndAddr: at(fields.bss_end_addr),
            entryAddr: at(fields.entry_addr),
          }
        : undefined,
      video: video
        ? {
            mode: at(fields.mode_type),
            width: at(fields.width),
            height: at(fields.height),
            depth: at(fields.depth),
          }
        : undefined,
    };
  }
  return undefined;
}

function bit(flags: number, index: number): boolean {
  return ((flags >>> index) & 1) === 1;
}
