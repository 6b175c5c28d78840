import { wrappedNote, ZEROPAGE_NOTE_OWNER, zeropageNote } from '../abi/zeropage-notes.js';
import { Bytes, indexOfBytes } from '../core/bytes.js';
import { detect } from './codec/codecs.js';
import type { BzImage } from './container/bzimage.js';
import type { Elf } from './container/elf.js';
import type { Formats, Wrapping } from './image.js';

/** Where an image holds another one. Offsets and lengths in bytes, all of them within the file. */
export interface Wrapped {
  readonly how: Wrapping;
  readonly offset: number;
  readonly length: number;
  readonly statedSize?: number;
}

/** The image that `bytes` wraps; undefined when it wraps none. The outermost wrapping wins. */
export function findWrapped(bytes: Bytes, formats: Formats): Wrapped | undefined {
  const { uki, zboot, bzimage, elf } = formats;
  const tail = elf && wrappedImage(bytes, elf);
  if (tail) return { how: 'zeropage', ...tail };
  if (uki) return { how: 'uki', ...uki.linux };
  if (zboot?.payload) {
    const { offset, length } = zboot.payload;
    // The appended size is not counted as payload; gzip brings its own in its last word.
    const sizeAt = zboot.compression === 'gzip' ? offset + length - 4 : offset + length;
    return { how: 'efi-zboot', ...zboot.payload, statedSize: wordAt(bytes, sizeAt) };
  }
  if (bzimage) return inBzImage(bytes, bzimage);
  if (Object.keys(formats).length > 0) return undefined;
  const codec = detect(bytes.data);
  if (!codec) return undefined;
  const how = codec.id === 'gzip' ? 'gzip' : 'compressed';
  const statedSize = codec.id === 'gzip' ? wordAt(bytes, bytes.length - 4) : undefined;
  return { how, offset: 0, length: bytes.length, statedSize };
}

/** What `zeropage wrap` put into an ELF file: its note says where. */
function wrappedImage(bytes: Bytes, { notes }: Elf): Pick<Wrapped, 'offset' | 'length'> | undefined {
  const note = notes.find(
    ({ owner, type }) => owner === ZEROPAGE_NOTE_OWNER && type === zeropageNote.wrapped,
  );
  if (!note || note.desc.length < wrappedNote.size) return undefined;
  const { offset, length } = wrappedNote.read(new Bytes(note.desc));
  const place = { offset: Number(offset), length: Number(length) };
  return bytes.has(place.offset, place.length) ? place : undefined;
}

function inBzImage(bytes: Bytes, kernel: BzImage): Wrapped | undefined {
  const { payload, version } = kernel;
  if (payload) {
    // Every payload ends with its unpacked size: gzip's own trailer, or what the kernel build appends.
    const statedSize = isElf(bytes, payload.offset)
      ? undefined
      : wordAt(bytes, payload.offset + payload.length - 4);
    return { how: 'bzimage-payload', ...payload, statedSize };
  }
  if (version >= 0x0208) return undefined;
  const offset = findGzip(bytes, kernel);
  return offset === undefined ? undefined : { how: 'bzimage-payload', offset, length: kernel.end - offset };
}

/** The unpacking code before the payload is smaller than this in all kernels before protocol 2.08. */
const MAX_UNPACKER = 0x40000;

/** Before protocol 2.08 only the unpacker knows where the payload begins; it was always gzip then. */
function findGzip(bytes: Bytes, kernel: BzImage): number | undefined {
  const area = bytes.data.subarray(kernel.setupSize, kernel.end);
  // Magic, method 8, no flags but a name, as `gzip -9` and `gzip -n` write it.
  for (let at = indexOfBytes(area, [0x1f, 0x8b, 0x08]); at !== -1 && at < MAX_UNPACKER; ) {
    if (area[at + 3] === 0 || area[at + 3] === 8) return kernel.setupSize + at;
    at = indexOfBytes(area, [0x1f, 0x8b, 0x08], at + 1);
  }
  return undefined;
}

/** True when an ELF file begins at `offset`. */
export function isElf(bytes: Bytes, offset: number): boolean {
  return bytes.matches(offset, '\x7fELF');
}

function wordAt(bytes: Bytes, offset: number): number | undefined {
  return bytes.has(offset, 4) ? bytes.u32(offset) : undefined;
}
