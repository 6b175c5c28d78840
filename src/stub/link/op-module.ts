import { elf64Header, elf64ProgramHeader, elf64Rela, elfType } from '../../abi/elf.js';
import { entryOffset, OP_TABLE_VERSION, operationNames, opModuleNote, opTable } from '../../abi/op-table.js';
import { ZEROPAGE_NOTE_OWNER, zeropageNote } from '../../abi/zeropage-notes.js';
import { hex, ImageError } from '../../core/errors.js';
import { missingOperations } from '../ops/op-tables.js';
import { GuestElf } from './guest-elf.js';
import type { OperationsResult } from './op-sections.js';
import { readOpTable } from './op-table-record.js';

/** A module that is as long in memory as it is in the file, so that it can run where a loader puts it. */
export interface LinkedModule extends OperationsResult {
  readonly image: Uint8Array;
}

/** A module is loaded next to the kernel; more is a mistake. */
const MAX_SIZE = 64 << 20;
const R_X86_64_RELATIVE = 8n;

/** Tags of the dynamic section that a module may not use, and those of its relocations (gABI, "Dynamic Section"). */
const tag = { NEEDED: 1, PLTRELSZ: 2, RELA: 7, RELASZ: 8, REL: 17, JMPREL: 23, RELR: 36 } as const;
const refused = [tag.NEEDED, tag.PLTRELSZ, tag.REL, tag.JMPREL, tag.RELR] as const;

/**
 * Makes a boot module that brings an op table of what a linker made with -shared: the file becomes the memory image from address 0,
 * and the addresses in the table, the only ones it may hold, are put in place. Linking a module again changes nothing. Undefined for
 * a file without the note. Throws ImageError for a module that could not run where it is loaded.
 */
export function linkModule(source: GuestElf): LinkedModule | undefined {
  const notes = source.elf.notes.filter(
    ({ owner, type }) => owner === ZEROPAGE_NOTE_OWNER && type === zeropageNote.operations,
  );
  const [note, second] = notes;
  if (!note) return undefined;
  if (second) throw new ImageError('two notes with operations: a module brings one op table', second.offset);
  if (source.elf.type !== elfType.ET_DYN) {
    throw new ImageError('a module with operations must be position-independent', 16, 'link it with -shared');
  }
  if (note.desc.length !== opModuleNote.size) {
    throw new ImageError(
      `the module's note has ${note.desc.length} bytes instead of ${opModuleNote.size}`,
      note.offset,
    );
  }
  const image = flatten(source);
  const table = BigInt.asUintN(64, tableAddress(source, note.descOffset));
  relocate(source, image, table);
  const file = new GuestElf(image, source.bytes.what);
  const at = Number(table);
  const { table: found, natives } = readOpTable(file, at, table);
  if (natives.size > 0) {
    throw new ImageError(
      `op table '${found.name}' brings its own function for native ${[...natives.keys()].join(', ')}`,
      at,
      'in a module native means what the guest calls so: use ZEROPAGE_NATIVE or ZEROPAGE_OWN',
    );
  }
  const problems = missingOperations(found);
  return {
    image: file.data,
    problems,
    ...(problems.length === 0 && { operations: { tables: [found], natives: {}, calls: new Map() } }),
  };
}

/** The memory image as a file: every segment at the offset that is its address. */
function flatten(source: GuestElf): Uint8Array {
  const { loads, elf, bytes } = source;
  const end = loads.reduce(
    (most, { vaddr, memSize }) => (vaddr + memSize > most ? vaddr + memSize : most),
    0n,
  );
  const first = loads.find(({ vaddr, offset }) => vaddr === 0n && offset === 0);
  const headersEnd = elf.programHeaders + elf.segments.length * elf64ProgramHeader.size;
  const inFirst = first ? Math.min(first.fileSize, Number(first.memSize)) : 0;
  if (inFirst < Math.max(headersEnd, elf64Header.size)) {
    throw new ImageError(
      'the first segment does not hold the ELF headers at address 0',
      32,
      'link it with -shared',
    );
  }
  if (end > BigInt(MAX_SIZE)) {
    throw new ImageError(`the module needs ${end} bytes of memory, at most ${MAX_SIZE}`, elf.programHeaders);
  }
  const image = new Uint8Array(Number(end));
  for (const { vaddr, offset, fileSize, memSize } of loads) {
    image.set(bytes.slice(offset, Math.min(fileSize, Number(memSize))), Number(vaddr));
  }
  const view = new DataView(image.buffer);
  for (const { headerOffset, typeName, vaddr, memSize } of elf.segments) {
    if (typeName === 'PT_LOAD' || typeName === 'PT_NOTE') {
      elf64ProgramHeader.write(view, headerOffset, { p_offset: vaddr, p_paddr: vaddr, p_filesz: memSize });
    } else elf64ProgramHeader.write(view, headerOffset, { p_type: 0 });
  }
  elf64Header.write(view, 0, { e_shoff: 0n, e_shnum: 0, e_shstrndx: 0 });
  return image;
}

function tableAddress(source: GuestElf, descriptor: number): bigint {
  const { version, table } = opModuleNote.read(source.bytes, descriptor);
  if (version !== OP_TABLE_VERSION) {
    throw new ImageError(
      `the module's note has version ${version}, known is ${OP_TABLE_VERSION}`,
      descriptor,
    );
  }
  const field = descriptor + opModuleNote.fields.table.offset;
  const load = source.loads.find(({ offset, fileSize }) => field >= offset && field < offset + fileSize);
  if (!load) throw new ImageError("the module's note is not loaded", descriptor);
  const address = load.vaddr + BigInt(field - load.offset) + BigInt.asIntN(64, table);
  if (!source.isMemory(address, opTable.size)) {
    throw new ImageError(`the module's op table would be at ${hex(address)}, outside it`, field);
  }
  return address;
}

/** Puts the addresses that the op table holds in place; there may be no others. */
function relocate(source: GuestElf, image: Uint8Array, table: bigint): void {
  const dynamic = source.elf.segments.find(({ typeName }) => typeName === 'PT_DYNAMIC');
  if (!dynamic) return;
  const values = new Map<number, bigint>();
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.fileSize; at += 16) {
    const key = Number(source.bytes.u64(at));
    if (key === 0) break;
    if (refused.some((one) => one === key) && source.bytes.u64(at + 8) !== 0n) {
      throw new ImageError(
        `the module needs a dynamic linker: tag ${key} of its dynamic section`,
        at,
        'compile with -fpic -fvisibility=hidden, link with -shared -nostdlib',
      );
    }
    values.set(key, source.bytes.u64(at + 8));
  }
  const size = Number(values.get(tag.RELASZ) ?? 0n);
  const start = values.get(tag.RELA) ?? 0n;
  const offset = size === 0 ? 0 : source.offsetOf(start, size);
  if (offset === undefined)
    throw new ImageError("the module's relocations are not in the file", dynamic.offset);
  const fields = opTable.fields;
  const pointers = new Set(
    [fields.self.offset, fields.name.offset, ...operationNames.map(entryOffset)].map(
      (one) => table + BigInt(one),
    ),
  );
  const view = new DataView(image.buffer);
  for (let at = offset; at + elf64Rela.size <= offset + size; at += elf64Rela.size) {
    const { r_offset, r_info, r_addend } = elf64Rela.read(source.bytes, at);
    if (r_info !== R_X86_64_RELATIVE || !pointers.has(r_offset)) {
      throw new ImageError(
        `the module holds an address at ${hex(r_offset)}, which only its op table may`,
        at,
        'a module runs where the loader puts it: use no pointers in initialised data, and no symbols from outside',
      );
    }
    view.setBigUint64(Number(r_offset), r_addend, true);
  }
}
