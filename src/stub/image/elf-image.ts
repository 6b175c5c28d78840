import {
  elf64Header,
  elf64ProgramHeader,
  elfIdent,
  elfMachine,
  elfType,
  segmentType,
} from '../../abi/elf.js';
import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { type Note, noteBytes } from './notes.js';

/** A part of the content that is loaded: where it lies in it, and at which addresses. */
export interface Segment {
  /** Offset in the content, a multiple of the page size. */
  readonly offset: number;
  /** Bytes of content. */
  readonly size: number;
  /** Bytes of memory, those of the content included. */
  readonly memorySize: number;
  /** Virtual address, where it is not the physical one. */
  readonly virtual?: bigint;
}

export interface ElfImageOptions {
  /** Physical address of the first byte of the content. */
  readonly address: bigint;
  /** One stretch of file and memory, for loaders that do not read program headers. */
  readonly content: Uint8Array;
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
  readonly entry: bigint;
}

const ELF_MAGIC = 0x464c457f;
const READ_WRITE_EXECUTE = 7;
const READ = 4;

/** File offset of the content, by the number of segments and what the notes take. */
export function contentOffset(segments: number, notes: readonly Note[]): number {
  const headers = segments + (notes.length > 0 ? 1 : 0);
  return roundUp(elf64Header.size + headers * elf64ProgramHeader.size + noteBytes(notes).length);
}

/** An ELF64 executable for x86-64, without sections. The content begins within the first 8 KiB, where loaders search for headers. */
export function elfImage({ address, content, segments, notes, entry }: ElfImageOptions): Uint8Array {
  const note = noteBytes(notes);
  const headers = segments.length + (notes.length > 0 ? 1 : 0);
  const start = contentOffset(segments.length, notes);
  const file = new Uint8Array(start + content.length);
  const view = new DataView(file.buffer);
  elfIdent.write(view, 0, { magic: ELF_MAGIC, class: 2, data: 1, version: 1 });
  elf64Header.write(view, 0, {
    e_type: elfType.ET_EXEC,
    e_machine: elfMachine.EM_X86_64,
    e_version: 1,
    e_entry: entry,
    e_phoff: BigInt(elf64Header.size),
    e_ehsize: elf64Header.size,
    e_phentsize: elf64ProgramHeader.size,
    e_phnum: headers,
  });
  let at = elf64Header.size;
  const programHeader = (values: Parameters<typeof elf64ProgramHeader.write>[2]): void => {
    elf64ProgramHeader.write(view, at, values);
    at += elf64ProgramHeader.size;
  };
  for (const { offset, size, memorySize, virtual } of segments) {
    const physical = address + BigInt(offset);
    programHeader({
      p_type: segmentType.PT_LOAD,
      p_flags: READ_WRITE_EXECUTE,
      p_offset: BigInt(start + offset),
      p_vaddr: virtual ?? physical,
      p_paddr: physical,
      p_filesz: BigInt(size),
      p_memsz: BigInt(memorySize),
      p_align: BigInt(PAGE_SIZE),
    });
  }
  file.set(content, start);
  if (notes.length > 0) {
    // Not loaded: the notes lie behind the headers alone.
    const noteOffset = at + elf64ProgramHeader.size;
    programHeader({
      p_type: segmentType.PT_NOTE,
      p_flags: READ,
      p_offset: BigInt(noteOffset),
      p_filesz: BigInt(note.length),
      p_memsz: BigInt(note.length),
      p_align: 4n,
    });
    file.set(note, noteOffset);
  }
  return file;
}

const roundUp = (size: number): number => Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
