import { BOOT_FLAG, setupHeader } from '../../abi/setup-header.js';
import { type Bytes, indexOfBytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Formats, Inner } from '../image.js';

/** A setup header that is in the file, but not where loaders look. */
export interface MisplacedSetup {
  /** Byte offset of "HdrS". */
  readonly offset: number;
  /** Bytes that it is too far back; negative where the file lacks its first ones. */
  readonly shift: number;
  /** Where it stands, and what moved it as far as that shows: a clause. */
  readonly where: string;
}

const { header, boot_flag: flag, jump, version } = setupHeader.fields;
const HDRS = Array.from('HdrS', (character) => character.charCodeAt(0));
/** What is this near to its place needs no further mark but a version. */
const NEAR = 0x400;
const JMP_SHORT = 0xeb;

/** What files begin with that carry a kernel behind a header of their own. */
const carriers: readonly { readonly at: number; readonly mark: string; readonly what: string }[] = [
  { at: 0, mark: '\x27\x05\x19\x56', what: "U-Boot's legacy header (mkimage -T kernel)" },
  { at: 0, mark: '\xd0\x0d\xfe\xed', what: 'a flattened image tree (mkimage -f)' },
  { at: 0, mark: 'ANDROID!', what: 'the header of an Android boot image' },
  { at: 0, mark: 'CHROMEOS', what: "ChromeOS's signature block" },
  { at: 0, mark: '070701', what: 'a cpio archive' },
  { at: 0x101, mark: 'ustar', what: 'a tar archive' },
  { at: 0x8001, mark: 'CD001', what: 'an ISO 9660 file system' },
];

/**
 * The first setup header that does not stand at 0x202, in bytes that have none there: "HdrS" with a version, the boot flag and the
 * jump around it (boot.rst, "The Real-Mode Kernel Header"), or close to its place.
 */
export function misplacedSetup(bytes: Bytes): MisplacedSetup | undefined {
  if (bytes.matches(header.offset, HDRS)) return undefined;
  for (let at = indexOfBytes(bytes.data, HDRS); at !== -1; at = indexOfBytes(bytes.data, HDRS, at + 1)) {
    if (!isHeader(bytes, at)) continue;
    const shift = at - header.offset;
    return { offset: at, shift, where: `"HdrS" stands at ${hex(at)}, ${whyThere(bytes, shift)}` };
  }
  return undefined;
}

/** The same for a file of another format, which may carry a whole kernel for a good reason: in a section, or wrapped. */
export function movedSetup(
  bytes: Bytes,
  { elf, pe, bzimage }: Formats,
  inner: Inner | undefined,
): MisplacedSetup | undefined {
  if (elf || (bzimage && bzimage.version > 0)) return undefined;
  const setup = misplacedSetup(bytes);
  if (!setup) return undefined;
  const { offset } = setup;
  const wrapped = inner && offset >= inner.offset && offset < inner.offset + inner.length;
  const carried = pe?.sections.some((section) => section.offset > 0 && section.offset === setup.shift);
  return wrapped || carried ? undefined : setup;
}

function isHeader(bytes: Bytes, at: number): boolean {
  const start = at - header.offset;
  const word = at + version.offset - header.offset;
  if (!bytes.has(word, 2) || bytes.u16(word) >> 8 !== 2) return false;
  if (at < NEAR) return true;
  return bytes.u16(start + flag.offset) === BOOT_FLAG && bytes.u8(start + jump.offset) === JMP_SHORT;
}

function whyThere(bytes: Bytes, shift: number): string {
  if (shift < 0) return `so the first ${-shift} bytes of the kernel are missing`;
  const far = `${shift} bytes (${hex(shift)}) behind its place`;
  const carrier = carriers.find(({ at, mark }) => at < shift && bytes.matches(at, mark))?.what;
  const moved = bytes.has(flag.offset, 2) && bytes.u16(flag.offset) === BOOT_FLAG;
  if (carrier) return `${far}: ${carrier} stands before the kernel`;
  if (bytes.matches(shift, 'MZ') || !moved) return `${far}: the kernel begins at ${hex(shift)}`;
  return `${far}, though the boot sector is in its place`;
}
