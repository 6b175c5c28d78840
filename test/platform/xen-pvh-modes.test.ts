import { expect, test } from 'vitest';
import { FLAT } from '../../src/abi/x86/descriptors.js';
import { boot } from '../../src/boot/boot.js';
import { openImage } from '../../src/image/open.js';
import { Assembler } from '../../src/stub/assembler/assembler.js';
import * as o from '../../src/stub/assembler/operands.js';
import { byte, dword, imm, label } from '../../src/stub/assembler/operands.js';
import { craftElf } from '../craft/elf.js';

/** Which mode a kernel makes hypercalls in is what it does, not how its file is wrapped. */

const BASE = 0x100000;
const PAGE = 0x200000;
const TABLES = 0x300000;
const ENTRY_PHYS32 = 18;

/** A PVH kernel in an ELF file of 32 bits. */
async function bootElf32(write: (a: Assembler) => void) {
  const a = new Assembler();
  a.bits(32);
  write(a);
  const { bytes } = a.assemble(BASE);
  const file = craftElf({
    class: 32,
    entry: BASE,
    segments: [{ vaddr: BASE, data: bytes }],
    notes: [{ owner: 'Xen', type: ENTRY_PHYS32, desc: BASE }],
  });
  return boot(await openImage(file, { name: 'guest' }), { entry: 'pvh', platform: 'xen-pvh', memory: 16 });
}

/** Puts the hypercall page at PAGE; changes EAX, ECX, EDX. */
function hypercallPage({ code: c }: Assembler): void {
  c.mov(o.ECX, imm(0x40000000));
  c.mov(o.EAX, imm(PAGE));
  c.xor(o.EDX, o.EDX);
  c.wrmsr();
}

/** Long mode on 2 MiB pages of the first GiB. */
function longMode(a: Assembler): void {
  const { code: c } = a;
  const [pml4, pdpt, pd] = [TABLES, TABLES + 0x1000, TABLES + 0x2000] as const;
  const store = (at: number, value: number): void => {
    c.mov(o.EDI, imm(at));
    c.mov(dword(o.EDI), imm(value));
  };
  store(pml4, pdpt | 3);
  store(pdpt, pd | 3);
  for (let i = 0; i < 8; i++) store(pd + i * 8, (i * 0x200000) | 0x83);
  c.mov(o.EAX, imm(0x20));
  c.mov(o.CR4, o.EAX);
  c.mov(o.EAX, imm(pml4));
  c.mov(o.CR3, o.EAX);
  c.mov(o.ECX, imm(0xc0000080));
  c.mov(o.EAX, imm(0x100));
  c.xor(o.EDX, o.EDX);
  c.wrmsr();
  c.mov(o.EAX, imm(0x80000001));
  c.mov(o.CR0, o.EAX);
  c.lgdt(o.mem(label('gdtr')));
  c.push(imm(8));
  c.lea(o.EAX, o.mem(label('long')));
  c.push(o.EAX);
  c.retfd();
  a.align(8);
  a.label('gdt');
  a.u64(0);
  a.u64(FLAT.code64);
  a.label('gdtr');
  a.u16(15);
  a.u32(label('gdt'));
  a.bits(64);
  a.label('long');
}

test('a 64-bit kernel in a 32-bit file makes hypercalls like any other', async () => {
  const { console, stop } = await bootElf32((a) => {
    const { code: c } = a;
    c.mov(o.ESP, imm(TABLES));
    hypercallPage(a);
    longMode(a);
    c.mov(o.RDX, imm(BASE));
    c.xor(o.EDI, o.EDI);
    c.mov(o.ESI, imm(2));
    c.lea(o.RDX, o.mem(label('text')));
    c.mov(o.EAX, imm(PAGE + 18 * 32));
    c.call(o.RAX);
    c.mov(o.EDI, imm(2));
    c.lea(o.RSI, o.mem(label('reason')));
    c.mov(o.EAX, imm(PAGE + 29 * 32));
    c.call(o.RAX);
    a.label('text');
    a.bytes(new TextEncoder().encode('64'));
    a.label('reason');
    a.u32(0);
  });
  expect({ console, stop }).toEqual({ console: '64', stop: 'power-off' });
});

test('the first hypercall of 32-bit code ends the boot, which says nothing about the guest', async () => {
  const { stop, verdict, reason, autopsy } = await bootElf32((a) => {
    const { code: c } = a;
    c.mov(o.ESP, imm(TABLES));
    hypercallPage(a);
    c.mov(o.EBX, imm(0));
    c.mov(o.EAX, imm(PAGE + 17 * 32));
    c.call(o.EAX);
    c.mov(byte(o.EAX), imm(0));
  });
  expect({ stop, verdict, autopsy }).toEqual({
    stop: 'unsupported',
    verdict: 'not-supported',
    autopsy: null,
  });
  expect(reason).toMatch(
    /^After entry: the guest made hypercall 17 \(xen_version\) from 32-bit code: .* does not have yet\.$/,
  );
});
