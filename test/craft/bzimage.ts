import { BOOT_FLAG, loadflags, SETUP_MAGIC, setupHeader, xloadflags } from '../../src/abi/setup-header.js';
import { fieldSize } from '../../src/core/struct.js';
import { type CraftPeHeader, type CraftPeSection, writePeHeaders } from './pe.js';
import { ascii, le, type Overrides, put, roundUp } from './write.js';

export interface CraftBzImage {
  /** Boot protocol version; 0x020f unless given, 0 for a kernel without "HdrS". */
  readonly version?: number;
  /** setup_sects: 4 unless given. */
  readonly setupSects?: number;
  /** Names of bits; LOADED_HIGH unless given. */
  readonly loadflags?: ReadonlyArray<keyof typeof loadflags>;
  readonly xloadflags?: ReadonlyArray<keyof typeof xloadflags>;
  /** The version string; "6.12.0-craft (zeropage) #1 SMP" unless given, null for none. */
  readonly kernelVersion?: string | null;
  /** The packed payload; before 2.08 only the bytes go into the file. */
  readonly payload?: Uint8Array;
  /** Bytes of protected-mode code before the payload: 0x400 unless given. */
  readonly payloadOffset?: number;
  /** Protected-mode code, filled with `int3` unless given; its bytes stand at `setupSize`. */
  readonly code?: Uint8Array;
  /** Appends the CRC-32 the build tool used to append. */
  readonly crc?: boolean;
  /** Makes it a PE too (EFI stub). Sections get the whole file behind the setup unless given. */
  readonly pe?: CraftPeHeader & {
    readonly sections?: ReadonlyArray<CraftPeSection & { readonly offset: number; readonly size: number }>;
  };
  /** Bytes after the protected-mode kernel, e.g. a certificate. */
  readonly tail?: Uint8Array;
  /** Setup header fields to set or to lie with, by name: {boot_flag: 0, handover_offset: 0x190}. */
  readonly header?: Overrides;
}

/** A bzImage of any protocol version. */
export function craftBzImage(options: CraftBzImage = {}): Uint8Array {
  const version = options.version ?? 0x020f;
  const setupSects = options.setupSects ?? 4;
  const setupSize = ((setupSects || 4) + 1) * 512;
  const payload = options.payload ?? new Uint8Array(0);
  const payloadOffset = options.payloadOffset ?? 0x400;
  const codeSize = Math.max(payloadOffset + payload.length, options.code?.length ?? 0);
  const kernelSize = roundUp(codeSize + (options.crc ? 4 : 0), 16);
  const end = setupSize + kernelSize;
  const tail = options.tail ?? new Uint8Array(0);
  const file = new Uint8Array(end + tail.length);
  file.fill(0xcc, setupSize, setupSize + payloadOffset);
  if (options.code) file.set(options.code, setupSize);
  file.set(payload, setupSize + payloadOffset);
  file.set(tail, end);

  const defined = Object.entries(setupHeader.fields).filter(([, field]) => field.since <= version);
  const headerEnd = Math.max(...defined.map(([, field]) => field.offset + fieldSize(field)));
  const text = options.kernelVersion === undefined ? '6.12.0-craft (zeropage) #1 SMP' : options.kernelVersion;
  const textAt = 0x300;
  if (text !== null && version >= 0x0200) file.set(ascii(`${text}\0`), textAt);
  const all: Record<string, number | bigint> = {
    setup_sects: setupSects,
    syssize: kernelSize / 16,
    boot_flag: BOOT_FLAG,
    jump: 0xeb | ((headerEnd - 0x202) << 8),
    header: SETUP_MAGIC,
    version,
    start_sys_seg: 0x1000,
    kernel_version: text === null ? 0 : textAt - 0x200,
    loadflags: bitsOf(loadflags, options.loadflags ?? ['LOADED_HIGH']),
    setup_move_size: 0x8000,
    code32_start: 0x100000,
    initrd_addr_max: 0x7fffffff,
    kernel_alignment: 0x200000,
    relocatable_kernel: 1,
    min_alignment: 21,
    xloadflags: bitsOf(xloadflags, options.xloadflags ?? ['XLF_KERNEL_64', 'XLF_CAN_BE_LOADED_ABOVE_4G']),
    cmdline_size: 2047,
    payload_offset: payload.length > 0 ? payloadOffset : 0,
    payload_length: payload.length,
    pref_address: 0x1000000n,
    init_size: 0x2000000,
  };
  const names = new Set(defined.map(([name]) => name));
  const values = Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
  if (version < 0x0204) {
    // The field is two bytes wide here; what follows belongs to another one.
    delete values.syssize;
    file.set(le(kernelSize / 16, 2), setupHeader.fields.syssize.offset);
  }
  put(file, setupHeader, 0, { ...values, ...options.header });
  if (options.pe) {
    const sections = options.pe.sections ?? [{ name: '.text', offset: setupSize, size: kernelSize }];
    const raw = { sectionAlignment: 0x200, ...options.pe.raw };
    writePeHeaders(file, 0x40, { entry: setupSize + 0x200, ...options.pe, raw }, sections);
  }
  if (options.crc) file.set(le(crcOf(file.subarray(0, end - 4)), 4), end - 4);
  return file;
}

function bitsOf(bits: Readonly<Record<string, number>>, names: readonly string[]): number {
  return names.reduce((value, name) => value | (1 << bits[name]!), 0);
}

/** Bit by bit, to be another implementation than the one under test. */
function crcOf(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc >>> 0;
}
