import { KERNEL_INFO_MAGIC, kernelInfo } from '../../abi/kernel-info.js';
import { BOOT_FLAG, loadflags, SETUP_MAGIC, setupHeader, xloadflags } from '../../abi/setup-header.js';
import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import { type Field, fieldSize } from '../../core/struct.js';
import { type Problem, Problems } from './problem.js';

/** A Linux/x86 boot protocol image (Documentation/arch/x86/boot.rst). */
export interface BzImage {
  /** Boot protocol version, e.g. 0x020f for 2.15. 0 when there is no "HdrS" magic (protocol before 2.00). */
  readonly version: number;
  /** Bytes of real-mode code, boot sector included: the file offset of the protected-mode kernel. */
  readonly setupSize: number;
  /** File offset one past the protected-mode kernel (setupSize + syssize × 16, cut to the file). */
  readonly end: number;
  /** File offset one past the setup header, from the jump at 0x200; 0x200 itself before 2.00. */
  readonly headerEnd: number;
  /** Fields of struct setup_header that this version defines, by their name in the specification. */
  readonly header: Readonly<Record<string, number | bigint>>;
  /** Names of the loadflags bits that are set. */
  readonly loadflags: readonly string[];
  /** Names of the xloadflags bits that are set (protocol ≥ 2.12). */
  readonly xloadflags: readonly string[];
  /** The string kernel_version points to, e.g. "6.12.107-cloud-amd64 (…) #1 SMP …". */
  readonly kernelVersion?: string;
  /** File offset and length of the packed payload (protocol ≥ 2.08), cut to the file. */
  readonly payload?: { readonly offset: number; readonly length: number };
  /** The kernel_info structure (protocol ≥ 2.15): its file offset and fields. */
  readonly kernelInfo?: { readonly offset: number; readonly setupTypeMax: number };
  /** What the header points to but the file does not hold. */
  readonly problems: readonly Problem[];
}

const HEADER_START = 0x1f1;
const MAX_VERSION_STRING = 512;

/**
 * Reads a kernel of any boot protocol version; undefined when there is neither "HdrS" nor a boot sector
 * that can be an older kernel's. A wrong boot_flag is left to a rule: some loaders do not look at it.
 */
export function parseBzImage(bytes: Bytes): BzImage | undefined {
  const hasMagic = bytes.has(0x202, 4) && bytes.u32(0x202) === SETUP_MAGIC;
  if (!hasMagic && !isBootSectorKernel(bytes)) return undefined;
  const problems = new Problems();
  const version = hasMagic && bytes.has(0x206, 2) ? bytes.u16(0x206) : 0;
  if (hasMagic && version < 0x0200) {
    problems.add(0x206, `"HdrS" with boot protocol version ${hex(version)}, but it exists since 2.00`);
  }
  const header = readHeader(bytes, hasMagic ? Math.max(version, 0x0200) : 0, problems);
  const setupSize = realModeSize(bytes);
  if (setupSize > bytes.length) {
    problems.add(HEADER_START, `setup of ${setupSize} bytes, but the file has only ${bytes.length}`);
  }
  const flags = namesOfBits(loadflags, header.loadflags);
  return {
    version,
    setupSize,
    end: protectedModeEnd(bytes, version, header, setupSize),
    headerEnd: hasMagic ? 0x202 + bytes.u8(0x201) : 0x200,
    header,
    loadflags: flags,
    xloadflags: namesOfBits(xloadflags, header.xloadflags),
    kernelVersion: versionString(bytes, header.kernel_version, setupSize, problems),
    payload: findPayload(bytes, header, setupSize, problems),
    kernelInfo: findKernelInfo(bytes, header, setupSize, problems),
    problems: problems.list,
  };
}

/**
 * Boot sectors of other systems end in 0xaa55 too. A kernel's also states the size of what follows it,
 * which must be in the file; in a partition table these bytes are mostly zero.
 */
function isBootSectorKernel(bytes: Bytes): boolean {
  if (!bytes.has(0x1fe, 2) || bytes.u16(0x1fe) !== BOOT_FLAG) return false;
  const paragraphs = bytes.u16(0x1f4);
  return paragraphs > 0 && realModeSize(bytes) + paragraphs * 16 - 15 <= bytes.length;
}

function realModeSize(bytes: Bytes): number {
  return ((bytes.u8(HEADER_START) || 4) + 1) * 512;
}

function readHeader(bytes: Bytes, version: number, problems: Problems): Record<string, number | bigint> {
  const header: Record<string, number | bigint> = {};
  for (const [name, field] of Object.entries<Field & { since: number }>(setupHeader.fields)) {
    if (field.since > version) continue;
    if (!bytes.has(field.offset, fieldSize(field))) {
      problems.add(field.offset, `the file ends before the header field ${name}`);
      break;
    }
    header[name] = bytes[field.type as 'u8' | 'u16' | 'u32' | 'u64'](field.offset);
  }
  // Two bytes of it belonged to another field then.
  if (version < 0x0204) header.syssize = bytes.u16(setupHeader.fields.syssize.offset);
  return header;
}

function protectedModeEnd(
  bytes: Bytes,
  version: number,
  header: Readonly<Record<string, number | bigint>>,
  setupSize: number,
): number {
  // Before 2.04 the size of a kernel above 1 MiB does not fit into the field.
  const known = version >= 0x0204 || (Number(header.loadflags ?? 0) & 1) === 0;
  return known ? Math.min(bytes.length, setupSize + Number(header.syssize) * 16) : bytes.length;
}

function namesOfBits(bits: Readonly<Record<string, number>>, value: number | bigint | undefined): string[] {
  const set = Number(value ?? 0);
  return Object.keys(bits).filter((name) => (set >> bits[name]!) & 1);
}

function versionString(
  bytes: Bytes,
  pointer: number | bigint | undefined,
  setupSize: number,
  problems: Problems,
): string | undefined {
  if (!pointer) return undefined;
  const offset = Number(pointer) + 0x200;
  if (offset >= setupSize || !bytes.has(offset)) {
    problems.add(0x20e, `kernel_version points to ${hex(offset)}, outside the setup code`);
    return undefined;
  }
  return bytes.cString(offset, Math.min(MAX_VERSION_STRING, setupSize - offset));
}

function findPayload(
  bytes: Bytes,
  header: Readonly<Record<string, number | bigint>>,
  setupSize: number,
  problems: Problems,
): BzImage['payload'] {
  const length = Number(header.payload_length ?? 0);
  if (length === 0) return undefined;
  const offset = setupSize + Number(header.payload_offset);
  if (bytes.has(offset, length)) return { offset, length };
  problems.add(0x248, `payload of ${length} bytes at offset ${hex(offset)} is not all in the file`);
  return bytes.has(offset) ? { offset, length: bytes.length - offset } : undefined;
}

function findKernelInfo(
  bytes: Bytes,
  header: Readonly<Record<string, number | bigint>>,
  setupSize: number,
  problems: Problems,
): BzImage['kernelInfo'] {
  const pointer = Number(header.kernel_info_offset ?? 0);
  if (pointer === 0) return undefined;
  const offset = setupSize + pointer;
  if (!bytes.has(offset, kernelInfo.size)) {
    problems.add(0x268, `kernel_info at offset ${hex(offset)} is not in the file`);
    return undefined;
  }
  const info = kernelInfo.read(bytes, offset);
  if (info.header !== KERNEL_INFO_MAGIC) {
    problems.add(0x268, `kernel_info at offset ${hex(offset)} does not begin with "LToP"`);
    return undefined;
  }
  return { offset, setupTypeMax: info.setup_type_max };
}
