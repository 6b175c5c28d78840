import { bootFlag } from '../../abi/boot-information.js';
import {
  MULTIBOOT2_MAGIC,
  multiboot2Info,
  multiboot2InfoTag,
  multiboot2InfoType,
  multiboot2MmapEntry,
  multiboot2MmapTag,
  multiboot2ModuleTag,
  multiboot2TagType,
} from '../../abi/multiboot2.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { type EntryStub, entryLabel, preStub32 } from './entry-stub.js';

/** Multiboot2, loaded by its ELF headers; the entry is named, since the file's own entry point is 64-bit code. */
export const multiboot2: EntryStub = {
  id: 'multiboot2',
  order: 9,
  header: (a) => {
    const start = label('multiboot2_header');
    a.align(8);
    a.label('multiboot2_header');
    a.u32(MULTIBOOT2_MAGIC);
    a.u32(0);
    a.u32(label('multiboot2_header_end'), start);
    // Assembled only once the length is known: -(magic + architecture + length).
    a.u32(label('multiboot2_header', -MULTIBOOT2_MAGIC), label('multiboot2_header_end'));
    tag(a, 'address', () => {
      a.u32(start);
      a.u32(label('image_start'));
      a.u32(label('file_end'));
      a.u32(label('image_end'));
    });
    tag(a, 'entry address', () => a.u32(entryLabel('multiboot2')));
    tag(a, 'module alignment', () => {});
    tag(a, 'end', () => {});
    a.label('multiboot2_header_end');
  },
  preStub: (a) => preStub32(a, multiboot2, 'rbx'),
  converter: {
    part: 'convert_multiboot2',
    write: (a) => a.part('convert_multiboot2', () => writeConvert(a)),
  },
};

function tag(a: Assembler, type: keyof typeof multiboot2TagType, write: () => void): void {
  const [start, end] = [a.local('tag'), a.local('tag_end')];
  a.align(8);
  a.at(start);
  a.u16(multiboot2TagType[type]);
  a.u16(0);
  a.u32(end, start);
  write();
  a.at(end);
}

function writeConvert(a: Assembler): void {
  const { code: c } = a;
  const next = a.local('next');
  const look = a.local('look');
  const done = a.local('done');
  const handlers: [keyof typeof multiboot2InfoType, o.Label][] = [];
  c.mov(o.R12D, at(multiboot2Info, o.RSI, 'total_size'));
  c.add(o.R12, o.RSI);
  c.add(o.RSI, imm(multiboot2Info.size));
  a.at(look);
  c.lea(o.RAX, mem(o.RSI, multiboot2InfoTag.size));
  c.cmp(o.RAX, o.R12);
  c.ja(done);
  c.mov(o.EAX, at(multiboot2InfoTag, o.RSI, 'type'));
  c.test(o.EAX, o.EAX);
  c.je(done);
  for (const type of [
    'command line',
    'boot loader name',
    'module',
    'memory map',
    'ACPI old RSDP',
    'ACPI new RSDP',
    'EFI amd64 system table',
  ] as const) {
    const handler = a.local('tag');
    handlers.push([type, handler]);
    c.cmp(o.EAX, imm(multiboot2InfoType[type]));
    c.je(handler);
  }
  a.at(next);
  c.mov(o.EAX, at(multiboot2InfoTag, o.RSI, 'size'));
  // A tag without its own start would never end.
  c.cmp(o.EAX, imm(multiboot2InfoTag.size));
  c.jb(done);
  c.lea(o.RSI, mem(o.RSI, 7, o.RAX));
  c.and(o.RSI, imm(-8));
  c.jmp(look);
  a.at(done);
  c.ret();

  for (const [type, handler] of handlers) {
    a.at(handler);
    write[type]!(a);
    c.jmp(next);
  }
}

/** What the tags are good for; RSI points to the tag and is kept. */
const write: Partial<Record<keyof typeof multiboot2InfoType, (a: Assembler) => void>> = {
  'command line': ({ code: c }) => {
    c.lea(o.RAX, mem(o.RSI, multiboot2InfoTag.size));
    c.mov(boot('command_line'), o.RAX);
  },
  'boot loader name': ({ code: c }) => {
    c.lea(o.RAX, mem(o.RSI, multiboot2InfoTag.size));
    c.mov(boot('loader_name'), o.RAX);
  },
  module: ({ code: c }) => {
    c.mov(o.EAX, at(multiboot2ModuleTag, o.RSI, 'mod_start'));
    c.mov(o.EDX, at(multiboot2ModuleTag, o.RSI, 'mod_end'));
    c.sub(o.EDX, o.EAX);
    c.lea(o.RCX, mem(o.RSI, multiboot2ModuleTag.size));
    c.call(label('add_module'));
  },
  'memory map': (a) => {
    const { code: c } = a;
    const [range, end] = [a.local('range'), a.local('end')];
    c.mov(o.R10D, at(multiboot2MmapTag, o.RSI, 'size'));
    c.add(o.R10, o.RSI);
    c.mov(o.R13D, at(multiboot2MmapTag, o.RSI, 'entry_size'));
    c.lea(o.R11, mem(o.RSI, multiboot2MmapTag.size));
    c.cmp(o.R13D, imm(multiboot2MmapEntry.size));
    c.jb(end);
    a.at(range);
    c.lea(o.RAX, mem(o.R11, multiboot2MmapEntry.size));
    c.cmp(o.RAX, o.R10);
    c.ja(end);
    c.mov(o.RAX, at(multiboot2MmapEntry, o.R11, 'base_addr'));
    c.mov(o.RDX, at(multiboot2MmapEntry, o.R11, 'length'));
    c.mov(o.ECX, at(multiboot2MmapEntry, o.R11, 'type'));
    c.call(label('add_memory_range'));
    c.add(o.R11, o.R13);
    c.jmp(range);
    a.at(end);
  },
  'ACPI old RSDP': (a) => {
    const { code: c } = a;
    const known = a.local('known');
    // The new one counts for more, in whichever order they come.
    c.cmp(boot('rsdp'), imm(0));
    c.jne(known);
    c.lea(o.RAX, mem(o.RSI, multiboot2InfoTag.size));
    c.mov(boot('rsdp'), o.RAX);
    a.at(known);
  },
  'ACPI new RSDP': ({ code: c }) => {
    c.lea(o.RAX, mem(o.RSI, multiboot2InfoTag.size));
    c.mov(boot('rsdp'), o.RAX);
  },
  'EFI amd64 system table': ({ code: c }) => {
    c.or(boot('flags'), imm(bootFlag.efi));
  },
};
