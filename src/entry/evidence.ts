import { elf32Header, elf32SectionHeader, elf64Header, elf64SectionHeader, elfIdent } from '../abi/elf.js';
import { coffHeader, optionalHeader } from '../abi/pe.js';
import { setupHeader } from '../abi/setup-header.js';
import { hexBytes } from '../core/bytes.js';
import { type Field, fieldSize } from '../core/struct.js';
import type { Elf } from '../image/container/elf.js';
import type { Pe } from '../image/container/pe.js';
import type { Image } from '../image/image.js';
import type { XenNote } from '../image/xen/notes.js';
import type { Evidence } from './entry.js';

/** Longer quotes say no more; the meaning has the whole value. */
const MAX_QUOTE = 32;

/** Quotes bytes of one layer as evidence. Offsets outside it are cut, never an error. */
export class Quoting {
  constructor(
    readonly layer: Image,
    readonly layerName: 'image' | 'payload',
  ) {}

  /** `size` bytes at `offset`. */
  at(offset: number, size: number, meaning: string, source: string): Evidence {
    const { data } = this.layer.bytes;
    // What a header points to need not be in the file: the quote is empty then, and stands at its end.
    const start = Math.min(offset, data.length);
    const bytes = data.subarray(start, start + size);
    return { offset: start, layer: this.layerName, bytes: hexBytes(bytes, MAX_QUOTE), meaning, source };
  }

  /** A field of the setup header. */
  setup(name: keyof typeof setupHeader.fields, meaning: string): Evidence {
    const field = setupHeader.fields[name];
    return this.at(field.offset, fieldSize(field), meaning, `Documentation/arch/x86/boot.rst, ${name}`);
  }

  /** A field of the ELF header. */
  elf(elf: Elf, name: 'e_machine' | 'e_entry' | 'e_type', meaning: string): Evidence {
    const field: Field = (elf.class === 64 ? elf64Header : elf32Header).fields[name];
    return this.at(field.offset, fieldSize(field), meaning, `${elf32Header.source}, ${name}`);
  }

  /** A section header of an ELF file. */
  section(elf: Elf, index: number, meaning: string, source: string): Evidence {
    const { size } = elf.class === 64 ? elf64SectionHeader : elf32SectionHeader;
    return this.at(elf.sectionHeaders + index * size, size, meaning, source);
  }

  /** The class of an ELF file. */
  elfClass(elf: Elf): Evidence {
    const { offset } = elfIdent.fields.class;
    return this.at(offset, 1, `ELF class ${elf.class}`, `${elfIdent.source}, EI_CLASS`);
  }

  /** A field of the COFF header. */
  coff(pe: Pe, name: 'machine', meaning: string): Evidence {
    const field = coffHeader.fields[name];
    return this.at(pe.offset + 4 + field.offset, fieldSize(field), meaning, UEFI_IMAGES);
  }

  /** A field of the PE optional header. */
  optional(pe: Pe, name: 'subsystem' | 'addressOfEntryPoint', meaning: string): Evidence {
    const start = pe.entryFieldOffset - optionalHeader.fields.addressOfEntryPoint.offset;
    const field = optionalHeader.fields[name];
    return this.at(start + field.offset, fieldSize(field), meaning, UEFI_IMAGES);
  }

  /** The descriptor of a Xen note. */
  note(note: XenNote, meaning = `note ${note.name} = ${note.text}`): Evidence {
    const source = `Xen include/public/elfnote.h, XEN_ELFNOTE_${note.name}`;
    return this.at(note.descOffset, note.size, meaning, source);
  }
}

const UEFI_IMAGES = 'UEFI 2.10 §2.1.1 "UEFI Images"; Microsoft PE format';
