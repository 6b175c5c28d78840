import { bootInformation, bootModule } from '../../abi/boot-information.js';
import {
  elf64Header,
  elf64ProgramHeader,
  elfMachine,
  elfNoteHeader,
  elfType,
  segmentType,
} from '../../abi/elf.js';
import {
  entryOffset,
  OP_DIRECTORY_MAGIC,
  OP_TABLE_MAGIC,
  OP_TABLE_VERSION,
  opCall,
  opDirectory,
  opDirectoryFlag,
  opEntry,
  opError,
  operationNames,
  opKind,
  opModuleNote,
  opTable,
} from '../../abi/op-table.js';
import { ZEROPAGE_NOTE_OWNER, zeropageNote } from '../../abi/zeropage-notes.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, label, mem, qword, word } from '../assembler/operands.js';
import { at } from './fields.js';

const COUNT = operationNames.length;
const FIRST_ENTRY = entryOffset(operationNames[0]!);
/** call [rip + disp32] and call rel32. */
const INDIRECT = 0x15ff;
const INDIRECT_SIZE = 6;
const DIRECT = 0xe8;
const DIRECT_SIZE = 5;
const NOP = 0x90;
/** Types of hypervisor that have a bit in a mask. */
const MASK_BITS = 32;
const ELF_MAGIC = 0x464c457f;
/** Class 64-bit, little-endian. */
const ELF_KIND = 0x0102;

/** Locals, from RSP: the new functions until all is checked, then what is left indirect. */
const FUNCTIONS = 0;
const left = dword(o.RSP, COUNT * 8);
const table = qword(o.RSP, COUNT * 8 + 8);
/** Of the module whose table it is; all ones for a table of the image. */
const limit = qword(o.RSP, COUNT * 8 + 16);
const FRAME = COUNT * 8 + 24;

const boot = (name: keyof typeof bootInformation.fields) => at(bootInformation, o.R12, name);
const directory = (name: keyof typeof opDirectory.fields) => at(opDirectory, o.R13, name);
/** What the image is off from where it was linked. */
const delta = o.R14;
const saved = [o.RBX, o.RBP, o.R12, o.R13, o.R14, o.R15];

/**
 * Part `install_operations`, a function of the System V ABI: RDI = boot_information, RSI = op_directory. Puts the op table for
 * this type of hypervisor in force, one that a boot module brings before those of the image, as docs/op-tables.md says: fills the
 * slots and makes direct calls of the call sites. Returns in EAX how many had to stay indirect, or an OP_ERROR_xxx. Everything is
 * checked before anything is changed. Needs no data of its own and runs wherever it lies.
 */
export function writeInstallOperations(a: Assembler): void {
  const { code: c } = a;
  const leave = a.local('leave');
  const found = a.local('found');
  a.part('install_operations', () => {
    for (const register of saved) c.push(register);
    c.sub(o.RSP, imm(FRAME));
    c.mov(o.R12, o.RDI);
    c.mov(o.R13, o.RSI);
    c.mov(o.EAX, imm(opError['bad-directory']));
    c.cmp(directory('magic'), imm(OP_DIRECTORY_MAGIC));
    c.jne(leave);
    c.cmp(directory('version'), imm(OP_TABLE_VERSION));
    c.jne(leave);
    c.cmp(directory('count'), imm(COUNT));
    c.jne(leave);
    c.test(directory('flags'), imm(opDirectoryFlag.linked));
    c.je(leave);
    c.mov(delta, o.R13);
    c.sub(delta, directory('self'));

    fromModules(a, found, leave);
    fromImage(a, found, leave);
    a.at(found);
    c.mov(table, o.RBX);
    collect(a, leave);
    checkCalls(a, leave);
    install(a);
    c.mov(o.RAX, table);
    c.mov(boot('operations'), o.RAX);
    c.mov(o.EAX, left);
    a.at(leave);
    c.add(o.RSP, imm(FRAME));
    for (const register of saved.toReversed()) c.pop(register);
    c.ret();
  });
  a.part('operation_forbidden', () => c.ud2());
  writeModuleTable(a);
}

/** CF = whether the mask takes in this type of hypervisor. Changes EAX and ECX. */
function isForUs(a: Assembler, mask: o.Memory): void {
  const { code: c } = a;
  const decided = a.local('decided');
  c.mov(o.ECX, boot('hypervisor'));
  c.cmp(o.ECX, imm(MASK_BITS));
  // A type without a bit leaves CF clear.
  c.jae(decided);
  c.mov(o.EAX, mask);
  c.bt(o.EAX, o.ECX);
  a.at(decided);
}

/** Looks through the modules; RBX is the first table for us. */
function fromModules(a: Assembler, found: o.Label, leave: o.Label): void {
  const { code: c } = a;
  const next = a.local('module');
  const done = a.local('modules_done');
  c.mov(o.RBP, boot('modules'));
  c.mov(o.R15D, boot('modules_count'));
  a.at(next);
  c.test(o.R15D, o.R15D);
  c.je(done);
  c.mov(o.RDI, at(bootModule, o.RBP, 'paddr'));
  c.mov(o.RSI, at(bootModule, o.RBP, 'size'));
  c.mov(limit, o.RSI);
  c.add(o.RBP, imm(bootModule.size));
  c.dec(o.R15D);
  c.call(label('module_operations'));
  // 0: brings none; 1: brings them, but is broken.
  c.test(o.RAX, o.RAX);
  c.je(next);
  c.mov(o.RBX, o.RAX);
  c.cmp(o.RBX, imm(1));
  c.mov(o.EAX, imm(opError['bad-module']));
  c.je(leave);
  isForUs(a, at(opTable, o.RBX, 'hypervisors'));
  c.jae(next);
  c.jmp(found);
  a.at(done);
}

/** Looks through the image's own tables. */
function fromImage(a: Assembler, found: o.Label, leave: o.Label): void {
  const { code: c } = a;
  const next = a.local('table');
  c.mov(limit, imm(-1));
  c.mov(o.RBX, directory('tables'));
  c.add(o.RBX, delta);
  c.mov(o.R15D, directory('table_count'));
  a.at(next);
  c.mov(o.EAX, imm(opError['no-table']));
  c.test(o.R15D, o.R15D);
  c.je(leave);
  isForUs(a, at(opTable, o.RBX, 'hypervisors'));
  c.jb(found);
  c.add(o.RBX, imm(opTable.size));
  c.dec(o.R15D);
  c.jmp(next);
}

/** The functions of the table at RBX, in the locals. */
function collect(a: Assembler, leave: o.Label): void {
  const { code: c } = a;
  const next = a.local('operation');
  const native = a.local('native');
  const forbidden = a.local('forbidden');
  const store = a.local('store');
  c.mov(o.R8, o.RBX);
  c.sub(o.R8, at(opTable, o.RBX, 'self'));
  c.mov(o.R9, directory('natives'));
  c.add(o.R9, delta);
  c.lea(o.RSI, mem(o.RBX, FIRST_ENTRY));
  c.xor(o.ECX, o.ECX);
  a.at(next);
  c.mov(o.EDX, at(opEntry, o.RSI, 'kind'));
  c.mov(o.RDI, at(opEntry, o.RSI, 'function'));
  c.cmp(o.EDX, imm(opKind.native));
  c.je(native);
  c.cmp(o.EDX, imm(opKind.forbidden));
  c.je(forbidden);
  c.mov(o.EAX, imm(opError['missing-operation']));
  c.cmp(o.EDX, imm(opKind.own));
  c.jne(leave);
  c.mov(o.EAX, imm(opError['bad-module']));
  c.cmp(o.RDI, limit);
  c.jae(leave);
  c.add(o.RDI, o.R8);
  c.jmp(store);
  a.at(native);
  c.mov(o.RDI, qword(o.R9, 0, o.RCX, 8));
  c.mov(o.EAX, imm(opError['missing-operation']));
  c.test(o.RDI, o.RDI);
  c.je(leave);
  c.add(o.RDI, delta);
  c.jmp(store);
  a.at(forbidden);
  c.lea(o.RDI, mem(label('operation_forbidden')));
  a.at(store);
  c.mov(qword(o.RSP, FUNCTIONS, o.RCX, 8), o.RDI);
  c.add(o.RSI, imm(opEntry.size));
  c.inc(o.ECX);
  c.cmp(o.ECX, imm(COUNT));
  c.jb(next);
}

/** RSI: call records, ECX: how many, R9: the slots. */
function callRegisters({ code: c }: Assembler): void {
  c.mov(o.RSI, directory('calls'));
  c.add(o.RSI, delta);
  c.mov(o.ECX, directory('call_count'));
  c.mov(o.R9, directory('slots'));
  c.add(o.R9, delta);
}

/** Whether each call site holds what its record says. */
function checkCalls(a: Assembler, leave: o.Label): void {
  const { code: c } = a;
  const next = a.local('check_call');
  const direct = a.local('check_direct');
  const good = a.local('call_good');
  const done = a.local('calls_checked');
  callRegisters(a);
  c.mov(o.EAX, imm(opError['bad-call']));
  a.at(next);
  c.test(o.ECX, o.ECX);
  c.je(done);
  c.mov(o.EDX, at(opCall, o.RSI, 'operation'));
  c.cmp(o.EDX, imm(COUNT));
  c.jae(leave);
  c.mov(o.RDI, at(opCall, o.RSI, 'address'));
  c.add(o.RDI, delta);
  c.cmp(at(opCall, o.RSI, 'direct'), imm(0));
  c.jne(direct);
  c.cmp(word(o.RDI), imm(INDIRECT));
  c.jne(leave);
  c.movsxd(o.R10, dword(o.RDI, 2));
  c.lea(o.R10, mem(o.R10, INDIRECT_SIZE, o.RDI, 1));
  c.lea(o.RDX, mem(o.R9, 0, o.RDX, 8));
  c.cmp(o.R10, o.RDX);
  c.jne(leave);
  c.jmp(good);
  a.at(direct);
  c.cmp(byte(o.RDI), imm(DIRECT));
  c.jne(leave);
  c.cmp(byte(o.RDI, DIRECT_SIZE), imm(NOP));
  c.jne(leave);
  a.at(good);
  c.add(o.RSI, imm(opCall.size));
  c.dec(o.ECX);
  c.jmp(next);
  a.at(done);
}

/** Fills the slots and rewrites the call sites. */
function install(a: Assembler): void {
  const { code: c } = a;
  const slot = a.local('slot');
  const next = a.local('patch_call');
  const far = a.local('far');
  const patched = a.local('patched');
  const done = a.local('calls_patched');
  callRegisters(a);
  c.xor(o.EDX, o.EDX);
  a.at(slot);
  c.mov(o.RAX, qword(o.RSP, FUNCTIONS, o.RDX, 8));
  c.mov(qword(o.R9, 0, o.RDX, 8), o.RAX);
  c.inc(o.EDX);
  c.cmp(o.EDX, imm(COUNT));
  c.jb(slot);

  c.mov(left, imm(0));
  a.at(next);
  c.test(o.ECX, o.ECX);
  c.je(done);
  c.mov(o.EDX, at(opCall, o.RSI, 'operation'));
  c.mov(o.RDI, at(opCall, o.RSI, 'address'));
  c.add(o.RDI, delta);
  c.mov(o.RAX, qword(o.R9, 0, o.RDX, 8));
  c.sub(o.RAX, o.RDI);
  c.sub(o.RAX, imm(DIRECT_SIZE));
  c.movsxd(o.R10, o.EAX);
  c.cmp(o.R10, o.RAX);
  c.jne(far);
  c.mov(byte(o.RDI), imm(DIRECT));
  c.mov(dword(o.RDI, 1), o.EAX);
  c.mov(byte(o.RDI, DIRECT_SIZE), imm(NOP));
  c.mov(at(opCall, o.RSI, 'direct'), imm(1));
  c.jmp(patched);
  // Over 2 GiB away: through the slot, as compiled.
  a.at(far);
  c.lea(o.RAX, mem(o.R9, 0, o.RDX, 8));
  c.sub(o.RAX, o.RDI);
  c.sub(o.RAX, imm(INDIRECT_SIZE));
  c.mov(word(o.RDI), imm(INDIRECT));
  c.mov(dword(o.RDI, 2), o.EAX);
  c.mov(at(opCall, o.RSI, 'direct'), imm(0));
  c.inc(left);
  a.at(patched);
  c.add(o.RSI, imm(opCall.size));
  c.dec(o.ECX);
  c.jmp(next);
  a.at(done);
}

/**
 * Part `module_operations`: RDI = address of a boot module, RSI = its size. RAX is its op table, 0 where it brings none, and 1
 * where it says so but is broken. Changes RCX, RDX, RDI, R8 to R11.
 */
function writeModuleTable(a: Assembler): void {
  const { code: c } = a;
  const header = (name: keyof typeof elf64Header.fields) => at(elf64Header, o.RDI, name);
  const segment = (name: keyof typeof elf64ProgramHeader.fields) => at(elf64ProgramHeader, o.R8, name);
  const none = a.local('none');
  const broken = a.local('broken');
  const found = a.local('note_found');
  a.part('module_operations', () => {
    c.cmp(o.RSI, imm(elf64Header.size));
    c.jb(none);
    c.cmp(dword(o.RDI), imm(ELF_MAGIC));
    c.jne(none);
    c.cmp(word(o.RDI, 4), imm(ELF_KIND));
    c.jne(none);
    c.cmp(header('e_type'), imm(elfType.ET_DYN));
    c.jne(none);
    c.cmp(header('e_machine'), imm(elfMachine.EM_X86_64));
    c.jne(none);
    c.cmp(header('e_phentsize'), imm(elf64ProgramHeader.size));
    c.jne(none);
    // Program headers inside the module?
    c.mov(o.R8, header('e_phoff'));
    c.cmp(o.R8, o.RSI);
    c.ja(none);
    c.movzx(o.ECX, header('e_phnum'));
    c.imul(o.EDX, o.ECX, imm(elf64ProgramHeader.size));
    c.mov(o.RAX, o.RSI);
    c.sub(o.RAX, o.R8);
    c.cmp(o.RDX, o.RAX);
    c.ja(none);
    c.add(o.R8, o.RDI);

    const next = a.local('segment');
    const other = a.local('other_segment');
    a.at(next);
    c.test(o.ECX, o.ECX);
    c.je(none);
    c.cmp(segment('p_type'), imm(segmentType.PT_NOTE));
    c.jne(other);
    inside(a, other);
    findNote(a, other, found);
    a.at(other);
    c.add(o.R8, imm(elf64ProgramHeader.size));
    c.dec(o.ECX);
    c.jmp(next);

    // R9: the descriptor. From here on it is ours, or broken.
    a.at(found);
    const load = a.local('load');
    const notLoad = a.local('not_load');
    const loaded = a.local('loaded');
    c.mov(o.R8, header('e_phoff'));
    c.add(o.R8, o.RDI);
    c.movzx(o.ECX, header('e_phnum'));
    a.at(load);
    c.test(o.ECX, o.ECX);
    c.je(loaded);
    c.cmp(segment('p_type'), imm(segmentType.PT_LOAD));
    c.jne(notLoad);
    // It runs where it lies: the file must be the memory image.
    inside(a, broken);
    c.mov(o.RAX, segment('p_offset'));
    c.cmp(o.RAX, segment('p_vaddr'));
    c.jne(broken);
    c.mov(o.RAX, segment('p_filesz'));
    c.cmp(o.RAX, segment('p_memsz'));
    c.jne(broken);
    a.at(notLoad);
    c.add(o.R8, imm(elf64ProgramHeader.size));
    c.dec(o.ECX);
    c.jmp(load);

    a.at(loaded);
    c.cmp(at(opModuleNote, o.R9, 'version'), imm(OP_TABLE_VERSION));
    c.jne(broken);
    c.lea(o.RAX, mem(o.R9, opModuleNote.fields.table.offset));
    c.add(o.RAX, at(opModuleNote, o.R9, 'table'));
    c.mov(o.RDX, o.RAX);
    c.sub(o.RDX, o.RDI);
    // Of a place before the module this is huge.
    c.mov(o.R10, o.RSI);
    c.sub(o.R10, imm(opTable.size));
    c.jb(broken);
    c.cmp(o.RDX, o.R10);
    c.ja(broken);
    const field = (name: 'magic' | 'version' | 'count' | 'self') => at(opTable, o.RAX, name);
    c.cmp(field('magic'), imm(OP_TABLE_MAGIC));
    c.jne(broken);
    c.cmp(field('version'), imm(OP_TABLE_VERSION));
    c.jne(broken);
    c.cmp(field('count'), imm(COUNT));
    c.jne(broken);
    // Linked to 0.
    c.cmp(field('self'), o.RDX);
    c.jne(broken);
    c.ret();
    a.at(broken);
    c.mov(o.EAX, imm(1));
    c.ret();
    a.at(none);
    c.xor(o.EAX, o.EAX);
    c.ret();
  });
}

/** Goes elsewhere unless the segment at R8 lies in the module. Changes RAX, RDX. */
function inside({ code: c }: Assembler, elsewhere: o.Label): void {
  c.mov(o.RAX, at(elf64ProgramHeader, o.R8, 'p_offset'));
  c.mov(o.RDX, o.RSI);
  c.sub(o.RDX, o.RAX);
  c.jb(elsewhere);
  c.cmp(at(elf64ProgramHeader, o.R8, 'p_filesz'), o.RDX);
  c.ja(elsewhere);
}

/** Looks for the note in the segment at R8; R9 is its descriptor then. Changes RAX, RDX, R10, R11. */
function findNote(a: Assembler, absent: o.Label, found: o.Label): void {
  const { code: c } = a;
  const note = (name: keyof typeof elfNoteHeader.fields) => at(elfNoteHeader, o.R9, name);
  const name = new TextEncoder().encode(ZEROPAGE_NOTE_OWNER);
  if (name.length !== 8) throw new Error('the name is compared as one word');
  const nameSize = name.length + 1;
  const descriptor = elfNoteHeader.size + align4(nameSize);
  const next = a.local('note');
  const other = a.local('other_note');
  c.mov(o.R9, at(elf64ProgramHeader, o.R8, 'p_offset'));
  c.add(o.R9, o.RDI);
  c.mov(o.R11, at(elf64ProgramHeader, o.R8, 'p_filesz'));
  a.at(next);
  // R9: the note, R11: bytes from it to the end of the segment.
  c.cmp(o.R11, imm(elfNoteHeader.size));
  c.jb(absent);
  c.mov(o.EAX, note('n_namesz'));
  c.mov(o.EDX, note('n_descsz'));
  for (const size of [o.RAX, o.RDX]) {
    c.add(size, imm(3));
    c.and(size, imm(-4));
  }
  c.lea(o.RAX, mem(o.RAX, elfNoteHeader.size, o.RDX, 1));
  c.cmp(o.RAX, o.R11);
  c.ja(absent);
  c.cmp(note('n_namesz'), imm(nameSize));
  c.jne(other);
  c.cmp(note('n_type'), imm(zeropageNote.operations));
  c.jne(other);
  c.cmp(note('n_descsz'), imm(opModuleNote.size));
  c.jne(other);
  c.mov(o.R10, imm(new DataView(name.buffer).getBigUint64(0, true)));
  c.cmp(qword(o.R9, elfNoteHeader.size), o.R10);
  c.jne(other);
  c.cmp(byte(o.R9, elfNoteHeader.size + name.length), imm(0));
  c.jne(other);
  c.add(o.R9, imm(descriptor));
  c.jmp(found);
  a.at(other);
  c.add(o.R9, o.RAX);
  c.sub(o.R11, o.RAX);
  c.jmp(next);
}

const align4 = (size: number): number => (size + 3) & ~3;
