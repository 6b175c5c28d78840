import { Bytes, hexBytes } from '../../core/bytes.js';
import type { ElfNote } from '../../image/container/elf.js';
import { decodeXenNote } from '../../image/xen/notes.js';
import type { NoteReport } from '../inspection.js';
import type { NamedLayer } from './layers.js';

const MAX_DESC = 64;

/** Every ELF note of every layer, in file order. */
export function noteReports(layers: readonly NamedLayer[]): NoteReport[] {
  return layers.flatMap(({ name: layer, image }) => {
    const { elf } = image.formats;
    return (elf?.notes ?? []).map((note) => ({
      layer,
      offset: note.offset,
      owner: note.owner,
      type: note.type,
      ...meaning(note, elf!.littleEndian),
      size: note.desc.length,
      desc: hexBytes(note.desc, MAX_DESC),
    }));
  });
}

type Reader = (desc: Uint8Array, littleEndian: boolean) => string | null;

const string: Reader = (desc) => JSON.stringify(new Bytes(desc, 'note').cString(0));
const digest: Reader = (desc) => hexBytes(desc, MAX_DESC).replaceAll(' ', '');
const number: Reader = (desc, littleEndian) =>
  desc.length >= 4 ? String(new Bytes(desc, 'note', littleEndian).u32(0)) : null;
const unread: Reader = () => null;

/** Notes of owners other than Xen. Sources: binutils include/elf/common.h; Linux include/linux/build-salt.h, elfnote-lto.h. */
const known: Readonly<Record<string, Readonly<Record<number, readonly [name: string, read: Reader]>>>> = {
  GNU: {
    1: ['ABI_TAG', unread],
    3: ['BUILD_ID', digest],
    4: ['GOLD_VERSION', string],
    5: ['PROPERTY_TYPE_0', unread],
  },
  Linux: { 256: ['BUILD_SALT', string], 257: ['LTO_INFO', number] },
};

function meaning(note: ElfNote, littleEndian: boolean): Pick<NoteReport, 'name' | 'text'> {
  if (note.owner === 'Xen') {
    const { name, text } = decodeXenNote(note, littleEndian);
    return { name, text };
  }
  const [name, read] = (Object.hasOwn(known, note.owner) && known[note.owner]![note.type]) || [];
  return { name: name ?? null, text: read?.(note.desc, littleEndian) ?? null };
}
