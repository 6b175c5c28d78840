import { type Bytes, indexOfBytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';

/**
 * BTF, the BPF Type Format: Documentation/bpf/btf.rst and include/uapi/linux/btf.h, to Linux 7.2.
 * A header, a section of type records made of 32-bit words, a section of NUL-terminated strings, and since 7.2
 * optionally a section that gives the size of each kind of record.
 */
const VERSION = 1;

/** Kinds of type record, with their numbers in the format. */
export const Kind = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;

export type KindName = keyof typeof Kind;

/** Names by number; a number past the end belongs to a kind newer than this reader. */
export const kindNames = Object.keys(Kind) as KindName[];

/** Words of a record before its own data: name offset, info, and size or type. */
export const RECORD_WORDS = 3;

/** The largest kind number the info word can hold. */
const KINDS = 0x80;

/** Words that follow a record, by kind: `fixed` once, `each` for every element it counts in `vlen`. 0xff: unknown kind. */
export interface RecordSizes {
  readonly fixed: Uint8Array;
  readonly each: Uint8Array;
}

export const UNKNOWN_KIND = 0xff;

function knownSizes(): RecordSizes {
  const fixed = new Uint8Array(KINDS).fill(UNKNOWN_KIND);
  const each = new Uint8Array(KINDS);
  fixed.fill(0, 1, kindNames.length);
  fixed[Kind.int] = fixed[Kind.var] = fixed[Kind.decl_tag] = 1;
  fixed[Kind.array] = 3;
  each[Kind.enum] = each[Kind.func_proto] = 2;
  each[Kind.struct] = each[Kind.union] = each[Kind.datasec] = each[Kind.enum64] = 3;
  return { fixed, each };
}

/** Where the sections stand; offsets in bytes from the start of the BTF data. */
export interface Header {
  readonly littleEndian: boolean;
  readonly typeOffset: number;
  readonly typeLength: number;
  readonly stringOffset: number;
  readonly stringLength: number;
  readonly sizes: RecordSizes;
  /** Bytes from the start of the header to the end of the last section. */
  readonly length: number;
}

/** Reads the header at `offset`; throws ImageError where it is none, or where a section lies outside `bytes`. */
export function readHeader(bytes: Bytes, offset = 0): Header {
  const magic = bytes.matches(offset, [0xeb, 0x9f]) ? false : bytes.matches(offset, [0x9f, 0xeb]);
  const at = bytes.base + offset;
  if (!magic && !bytes.matches(offset, [0xeb, 0x9f]))
    throw new ImageError('BTF: magic 0xeb9f is missing', at);
  const littleEndian = magic;
  const view = bytes.view;
  const word = (place: number): number => {
    bytes.slice(offset + place, 4);
    return view.getUint32(offset + place, littleEndian);
  };
  const version = bytes.u8(offset + 2);
  if (version !== VERSION)
    throw new ImageError(`BTF: version ${version}, this reads version ${VERSION}`, at + 2);
  const headerLength = word(4);
  if (headerLength < 24)
    throw new ImageError(`BTF: header of ${headerLength} bytes, at least 24 wanted`, at + 4);
  const section = (name: string, place: number): [offset: number, length: number] => {
    const start = headerLength + word(place);
    const length = word(place + 4);
    if (!bytes.has(offset + start, length)) {
      throw new ImageError(
        `BTF: ${name} section of ${length} bytes at ${hex(at + start)} reaches past the end at ${hex(bytes.base + bytes.length)}`,
        at + place,
        'the file is truncated, or its BTF header is damaged',
      );
    }
    return [start, length];
  };
  const [typeOffset, typeLength] = section('type', 8);
  const [stringOffset, stringLength] = section('string', 16);
  if (typeOffset % 4 !== 0)
    throw new ImageError(`BTF: type section at ${hex(typeOffset)} is not aligned`, at + 8);
  const sizes = knownSizes();
  let length = Math.max(typeOffset + typeLength, stringOffset + stringLength);
  if (headerLength >= 32) {
    const [layoutOffset, layoutLength] = section('layout', 24);
    addLayouts(sizes, bytes.slice(offset + layoutOffset, layoutLength));
    length = Math.max(length, layoutOffset + layoutLength);
  }
  return { littleEndian, typeOffset, typeLength, stringOffset, stringLength, sizes, length };
}

/**
 * Takes over the sizes of kinds this reader does not know from `struct btf_layout { u8 info_sz, elem_sz; u16 flags }`,
 * so that their records can be stepped over. Sizes of known kinds are part of the format and stay.
 */
function addLayouts(sizes: RecordSizes, layouts: Uint8Array): void {
  for (let kind = kindNames.length; kind < KINDS && kind * 4 + 4 <= layouts.length; kind++) {
    const info = layouts[kind * 4]!;
    const element = layouts[kind * 4 + 1]!;
    if (info % 4 !== 0 || element % 4 !== 0) continue;
    sizes.fixed[kind] = info / 4;
    sizes.each[kind] = element / 4;
  }
}

/**
 * Every place where a plausible header starts: for images whose section headers are missing.
 * A kernel can embed small BTF of its own BPF programs beside the one that describes it.
 */
export function findHeaders(bytes: Bytes): { offset: number; header: Header }[] {
  const found: { offset: number; header: Header }[] = [];
  const patterns = [
    [0x9f, 0xeb, VERSION, 0],
    [0xeb, 0x9f, VERSION, 0],
  ];
  for (const pattern of patterns) {
    for (
      let at = indexOfBytes(bytes.data, pattern);
      at !== -1;
      at = indexOfBytes(bytes.data, pattern, at + 4)
    ) {
      const header = plausibleHeader(bytes, at);
      if (header) found.push({ offset: at, header });
    }
  }
  return found;
}

function plausibleHeader(bytes: Bytes, offset: number): Header | undefined {
  try {
    const header = readHeader(bytes, offset);
    const { typeLength, stringOffset, stringLength } = header;
    const strings = offset + stringOffset;
    const sane =
      typeLength >= RECORD_WORDS * 4 &&
      stringLength >= 2 &&
      bytes.u8(strings) === 0 &&
      bytes.u8(strings + stringLength - 1) === 0;
    return sane ? header : undefined;
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
