import { bootFlag, guestType } from '../../abi/boot-information.js';
import { hvmMemmapTableEntry, hvmModlistEntry, hvmStartInfo } from '../../abi/hvm-start-info.js';
import * as o from '../assembler/operands.js';
import { imm, label } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { type EntryStub, preStub32 } from './entry-stub.js';

/** PVH: hvm_start_info, of which version 0 has no memory map. */
export const pvh: EntryStub = {
  id: 'pvh',
  order: 6,
  preStub: (a) => preStub32(a, pvh, 'rbx'),
  converter: {
    part: 'convert_pvh',
    write: (a) => {
      const { code: c } = a;
      const info = (name: keyof typeof hvmStartInfo.fields) => at(hvmStartInfo, o.RSI, name);
      a.part('convert_pvh', () => {
        const noCommandLine = a.local('no_command_line');
        const noModules = a.local('no_modules');
        const module = a.local('module');
        const range = a.local('range');
        const done = a.local('done');
        c.mov(boot('guest'), imm(guestType.pvh));
        c.mov(o.EAX, info('flags'));
        // SIF_PRIVILEGED and SIF_INITDOMAIN have the same numbers.
        c.and(o.EAX, imm(bootFlag.privileged | bootFlag['initial-domain']));
        c.mov(boot('flags'), o.EAX);
        c.mov(o.RAX, info('rsdp_paddr'));
        c.mov(boot('rsdp'), o.RAX);
        c.mov(o.RAX, info('cmdline_paddr'));
        c.test(o.RAX, o.RAX);
        c.je(noCommandLine);
        c.mov(boot('command_line'), o.RAX);
        a.at(noCommandLine);

        c.mov(o.R10D, info('nr_modules'));
        c.mov(o.R11, info('modlist_paddr'));
        c.test(o.R10D, o.R10D);
        c.je(noModules);
        a.at(module);
        c.mov(o.RAX, at(hvmModlistEntry, o.R11, 'paddr'));
        c.mov(o.RDX, at(hvmModlistEntry, o.R11, 'size'));
        c.mov(o.RCX, at(hvmModlistEntry, o.R11, 'cmdline_paddr'));
        c.call(label('add_module'));
        c.add(o.R11, imm(hvmModlistEntry.size));
        c.dec(o.R10D);
        c.jne(module);
        a.at(noModules);

        c.cmp(info('version'), imm(1));
        c.jb(done);
        c.mov(o.R10D, info('memmap_entries'));
        c.mov(o.R11, info('memmap_paddr'));
        c.test(o.R10D, o.R10D);
        c.je(done);
        a.at(range);
        c.mov(o.RAX, at(hvmMemmapTableEntry, o.R11, 'addr'));
        c.mov(o.RDX, at(hvmMemmapTableEntry, o.R11, 'size'));
        c.mov(o.ECX, at(hvmMemmapTableEntry, o.R11, 'type'));
        c.call(label('add_memory_range'));
        c.add(o.R11, imm(hvmMemmapTableEntry.size));
        c.dec(o.R10D);
        c.jne(range);
        a.at(done);
        c.ret();
      });
    },
  },
};
