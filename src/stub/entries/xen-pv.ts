import { bootFlag, guestType, hypervisorType } from '../../abi/boot-information.js';
import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import { memoryType } from '../../abi/memory-map.js';
import { SIF, xenStartInfo } from '../../abi/xen.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { keepFlags, keepRegisters } from '../common/enter-64.js';
import { at, boot, state } from '../common/fields.js';
import { keepSegmentSelectors } from '../common/selectors.js';
import { type EntryStub, writeRecord } from './entry-stub.js';

/** Xen shows a PV guest its CPUID leaves here and nowhere else. */
const LEAF = 0x40000000;
const PAGE_SHIFT = 12;

/**
 * A paravirtual guest of Xen: privilege level 3 on page tables that are not its own, with addresses that are pseudo-physical ones as
 * well (notes VIRT_BASE and PADDR_OFFSET are 0). Only the stack changes on the way to the common start.
 */
export const xenPv: EntryStub = {
  id: 'xen-pv',
  order: 7,
  preStub: (a) => {
    const { code: c } = a;
    a.part('entry_xen-pv', () => {
      c.mov(state('rax'), o.RAX);
      keepRegisters(a);
      c.lea(o.RSP, mem(label('stack_top')));
      keepFlags(a);
      keepSegmentSelectors(a);
      c.lea(o.RBX, mem(label('record_xen-pv')));
      c.jmp(label('joined'));
    });
    writeRecord(a, 'xen-pv', xenPv.converter, 'rsi', 64);
  },
  space: (a) => {
    a.align(0x1000);
    a.label('hypercall_page');
    a.space(0x1000);
  },
  converter: {
    part: 'convert_xen_pv',
    write: (a) => {
      const { code: c } = a;
      const info = (name: keyof typeof xenStartInfo.fields) => at(xenStartInfo, o.RSI, name);
      a.part('convert_xen_pv', () => {
        const [address, noModule] = [a.local('address'), a.local('no_module')];
        c.mov(boot('hypervisor'), imm(hypervisorType.xen));
        c.mov(boot('hypervisor_leaf'), imm(LEAF));
        c.mov(boot('guest'), imm(guestType.pv));
        c.mov(boot('hardware_subarch'), imm(hardwareSubarch.XEN));
        c.mov(boot('hardware_subarch_data'), o.RSI);
        c.mov(o.EAX, info('flags'));
        // The numbers of SIF_PRIVILEGED and SIF_INITDOMAIN.
        c.and(o.EAX, imm(bootFlag.privileged | bootFlag['initial-domain']));
        c.mov(boot('flags'), o.EAX);
        c.lea(o.RAX, mem(o.RSI, xenStartInfo.fields.cmd_line.offset));
        c.mov(boot('command_line'), o.RAX);
        c.mov(o.RAX, info('mod_start'));
        c.mov(o.RDX, info('mod_len'));
        c.test(o.RDX, o.RDX);
        c.je(noModule);
        c.test(info('flags'), imm(SIF.moduleIsPfn));
        c.je(address);
        c.shl(o.RAX, imm(PAGE_SHIFT));
        a.at(address);
        c.xor(o.ECX, o.ECX);
        c.call(label('add_module'));
        a.at(noModule);
        c.xor(o.EAX, o.EAX);
        c.mov(o.RDX, info('nr_pages'));
        c.shl(o.RDX, imm(PAGE_SHIFT));
        c.mov(o.ECX, imm(memoryType.ram));
        c.call(label('add_memory_range'));
        c.ret();
      });
    },
  },
};
