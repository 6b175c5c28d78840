import {
  MULTIBOOT_MAGIC,
  multibootFlags,
  multibootInfo,
  multibootInfoFlags,
  multibootMmapEntry,
  multibootModule,
} from '../../abi/multiboot.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { type EntryStub, entryLabel, preStub32 } from './entry-stub.js';

const FLAGS =
  (1 << multibootFlags.PAGE_ALIGN) | (1 << multibootFlags.MEMORY_INFO) | (1 << multibootFlags.AOUT_KLUDGE);

/** Multiboot 1. The address fields spare loaders the ELF headers: QEMU reads none that are 64-bit. */
export const multiboot: EntryStub = {
  id: 'multiboot',
  order: 8,
  header: (a) => {
    a.align(4);
    a.label('multiboot_header');
    a.u32(MULTIBOOT_MAGIC);
    a.u32(FLAGS);
    a.u32(-(MULTIBOOT_MAGIC + FLAGS) >>> 0);
    a.u32(label('multiboot_header'));
    a.u32(label('image_start'));
    a.u32(label('file_end'));
    a.u32(label('image_end'));
    a.u32(entryLabel('multiboot'));
  },
  preStub: (a) => preStub32(a, multiboot, 'rbx'),
  converter: { part: 'convert_multiboot', write: (a) => a.part('convert_multiboot', () => writeConvert(a)) },
};

function writeConvert(a: Assembler): void {
  const { code: c } = a;
  const info = (name: keyof typeof multibootInfo.fields) => at(multibootInfo, o.RSI, name);
  /** Goes past what follows unless the flag is set. */
  const given = (flag: keyof typeof multibootInfoFlags, write: () => void) => {
    const missing = a.local('missing');
    c.test(info('flags'), imm(multibootInfoFlags[flag]));
    c.je(missing);
    write();
    a.at(missing);
  };
  given('COMMAND_LINE', () => {
    c.mov(o.EAX, info('cmdline'));
    c.mov(boot('command_line'), o.RAX);
  });
  given('LOADER_NAME', () => {
    c.mov(o.EAX, info('boot_loader_name'));
    c.mov(boot('loader_name'), o.RAX);
  });
  given('MODULES', () => {
    const module = a.local('module');
    const none = a.local('none');
    c.mov(o.R10D, info('mods_count'));
    c.mov(o.R11D, info('mods_addr'));
    c.test(o.R10D, o.R10D);
    c.je(none);
    a.at(module);
    c.mov(o.EAX, at(multibootModule, o.R11, 'mod_start'));
    c.mov(o.EDX, at(multibootModule, o.R11, 'mod_end'));
    c.sub(o.EDX, o.EAX);
    c.mov(o.ECX, at(multibootModule, o.R11, 'string'));
    c.call(label('add_module'));
    c.add(o.R11, imm(multibootModule.size));
    c.dec(o.R10D);
    c.jne(module);
    a.at(none);
  });
  given('MEMORY_MAP', () => {
    const range = a.local('range');
    const end = a.local('end');
    c.mov(o.R11D, info('mmap_addr'));
    c.mov(o.R10D, info('mmap_length'));
    c.add(o.R10, o.R11);
    a.at(range);
    c.lea(o.RAX, mem(o.R11, multibootMmapEntry.size));
    c.cmp(o.RAX, o.R10);
    c.ja(end);
    c.mov(o.RAX, at(multibootMmapEntry, o.R11, 'base_addr'));
    c.mov(o.RDX, at(multibootMmapEntry, o.R11, 'length'));
    c.mov(o.ECX, at(multibootMmapEntry, o.R11, 'type'));
    c.call(label('add_memory_range'));
    // `size` does not count itself.
    c.mov(o.EAX, at(multibootMmapEntry, o.R11, 'size'));
    c.lea(o.R11, mem(o.R11, 4, o.RAX));
    c.jmp(range);
    a.at(end);
  });
  c.ret();
}
