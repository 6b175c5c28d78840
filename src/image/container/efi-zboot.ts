import { efiZbootHeader } from '../../abi/efi-zboot.js';
import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import { type Problem, Problems } from './problem.js';

/** An EFI zboot image: a PE that unpacks the kernel it carries (Linux CONFIG_EFI_ZBOOT). */
export interface EfiZboot {
  /** The packed kernel in the file, cut to it. */
  readonly payload?: { readonly offset: number; readonly length: number };
  /** Name of the compression: "gzip", "zstd", "lz4", "lzma", "lzo", "xzkern". */
  readonly compression: string;
  readonly problems: readonly Problem[];
}

/** Reads the zboot header; undefined when "zimg" is not at offset 4. */
export function parseEfiZboot(bytes: Bytes): EfiZboot | undefined {
  if (!bytes.matches(0, 'MZ') || !bytes.matches(4, 'zimg')) return undefined;
  const problems = new Problems();
  const header = efiZbootHeader.read(bytes);
  const { payload_offset: offset, payload_size: length } = header;
  if (!bytes.has(offset, length)) {
    problems.add(8, `payload of ${length} bytes at offset ${hex(offset)} is not all in the file`);
  }
  return {
    payload: bytes.has(offset) ? { offset, length: Math.min(length, bytes.length - offset) } : undefined,
    compression: bytes.cString(efiZbootHeader.fields.comp_type.offset, 32),
    problems: problems.list,
  };
}
