import {
  elf64Header,
  elf64ProgramHeader,
  elfIdent,
  elfMachine,
  elfType,
  segmentType,
} from '../../abi/elf.js';
import { type Note, noteBytes } from './notes.js';

/** Bytes that lie at an address, and zeros up to `memorySize`. */
export interface Segment {
  readonly address: bigint;
  readonly content: Uint8Array;
  readonly memorySize: number;
}

export interface ElfImageOptions {
  /** The first is entered; it begins within the first 8 KiB of the file, where loaders search for headers. */
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
  readonly entry: bigint;
}

const PAGE = 0x1000;
const ELF_MAGIC = 0x464c457f;
const READ_WRITE_EXECUTE = 7;
const READ = 4;

/** File offset of the segment of a file with one segment and these notes, and another one of `more` bytes of content. */
export function firstSegmentOffset(notes: readonly Note[], more: number): number {
  const another = { owner: 'Zeropage', type: 0, content: new Uint8Array(more) };
  return roundUp(elf64Header.size + 2 * elf64ProgramHeader.size + noteBytes([...notes, another]).length);
}

/** An ELF64 executable for x86-64, virtual and physical addresses the same, without sections. */
export function elfImage({ segments, notes, entry }: ElfImageOptions): Uint8Array {
  const note = noteBytes(notes);
  const headers = segments.length + (notes.length > 0 ? 1 : 0);
  const noteOffset = elf64Header.size + headers * elf64ProgramHeader.size;
  const first = roundUp(noteOffset + note.length);
  const offsets: number[] = [];
  let end = first;
  for (const { content } of segments) {
    offsets.push(end);
    end = roundUp(end + content.length);
  }
  const last = segments.length - 1;
  const file = new Uint8Array(last < 0 ? first : offsets[last]! + segments[last]!.content.length);
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
  for (const [index, { address, content, memorySize }] of segments.entries()) {
    programHeader({
      p_type: segmentType.PT_LOAD,
      p_flags: READ_WRITE_EXECUTE,
      p_offset: BigInt(offsets[index]!),
      p_vaddr: address,
      p_paddr: address,
      p_filesz: BigInt(content.length),
      p_memsz: BigInt(memorySize),
      p_align: BigInt(PAGE),
    });
    file.set(content, offsets[index]!);
  }
  if (notes.length > 0) {
    // Not loaded: the note lies in the file's header page alone.
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

const roundUp = (size: number): number => Math.ceil(size / PAGE) * PAGE;
