import { guestType, hypervisorType } from '../../abi/boot-information.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { dword, imm, label, mem } from '../assembler/operands.js';
import { boot } from './fields.js';

type HypervisorType = keyof typeof hypervisorType;

/**
 * Signatures in EBX, ECX, EDX of the hypervisor's first CPUID leaf. Hyper-V comes last: Xen and KVM can show its leaves to
 * Windows guests in front of their own.
 */
const signatures: readonly (readonly [string, HypervisorType])[] = [
  ['XenVMMXenVMM', 'xen'],
  ['KVMKVMKVM\0\0\0', 'kvm'],
  ['VMwareVMware', 'vmware'],
  ['bhyve bhyve ', 'bhyve'],
  ['TCGTCGTCGTCG', 'qemu-tcg'],
  ['Microsoft Hv', 'hyper-v'],
];
/** Size of a record: signature, type. */
const RECORD = 16;
const FIRST_LEAF = 0x40000000;
const LAST_LEAF = 0x4000ff00;
const STEP = 0x100;

/** A function a payload may run at one of the two places, by hypervisor type. */
export type Hooks = Partial<Record<HypervisorType, string>>;

/**
 * Part `detect_hypervisor`: fills hypervisor, hypervisor_leaf and guest. The paravirtual entry has filled them before. Changes every
 * register but RSP.
 */
export function writeDetectHypervisor(a: Assembler): void {
  const { code: c } = a;
  a.part('detect_hypervisor', () => {
    const done = a.local('done');
    const leaf = a.local('leaf');
    const compare = a.local('compare');
    const different = a.local('different');
    const nextLeaf = a.local('next_leaf');
    const found = a.local('found');
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(done);
    c.mov(o.EAX, imm(1));
    c.cpuid();
    // CPUID.1:ECX[31], which no processor sets.
    c.bt(o.ECX, imm(31));
    c.jae(done);
    c.mov(boot('hypervisor'), imm(hypervisorType.other));
    c.mov(boot('hypervisor_leaf'), imm(FIRST_LEAF));
    c.cmp(boot('guest'), imm(guestType.native));
    const known = a.local('known');
    c.jne(known);
    c.mov(boot('guest'), imm(guestType.hvm));
    a.at(known);
    c.mov(o.R8D, imm(FIRST_LEAF));
    c.mov(o.R10D, imm(signatures.length));
    a.at(leaf);
    c.mov(o.EAX, o.R8D);
    c.cpuid();
    c.lea(o.RDI, mem(label('hypervisor_signatures')));
    c.xor(o.R9D, o.R9D);
    a.at(compare);
    c.cmp(dword(o.RDI, 0), o.EBX);
    c.jne(different);
    c.cmp(dword(o.RDI, 4), o.ECX);
    c.jne(different);
    c.cmp(dword(o.RDI, 8), o.EDX);
    c.je(found);
    a.at(different);
    c.add(o.RDI, imm(RECORD));
    c.inc(o.R9D);
    // Only what ranks before the one already found.
    c.cmp(o.R9D, o.R10D);
    c.jb(compare);
    a.at(nextLeaf);
    c.add(o.R8D, imm(STEP));
    c.cmp(o.R8D, imm(LAST_LEAF));
    c.jbe(leaf);
    a.at(done);
    c.ret();
    a.at(found);
    c.mov(o.R10D, o.R9D);
    c.mov(o.EAX, dword(o.RDI, 12));
    c.mov(boot('hypervisor'), o.EAX);
    c.mov(boot('hypervisor_leaf'), o.R8D);
    c.jmp(nextLeaf);
  });
  a.align(4);
  a.label('hypervisor_signatures');
  for (const [signature, type] of signatures) {
    a.bytes(new TextEncoder().encode(signature));
    a.u32(hypervisorType[type]);
  }
}

/** Tables `pre_hypervisor_stub` and `post_hypervisor_stub`: a function for each type, one that only returns where none is given. */
export function writeHooks(a: Assembler, pre: Hooks = {}, post: Hooks = {}): void {
  a.align(8);
  for (const [table, hooks] of [
    ['pre_hypervisor_stub', pre],
    ['post_hypervisor_stub', post],
  ] as const) {
    a.label(table);
    for (const type of Object.keys(hypervisorType) as HypervisorType[]) {
      a.u64(label(hooks[type] ?? 'no_hook'));
    }
  }
  a.part('no_hook', () => a.code.ret());
}
