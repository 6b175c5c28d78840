import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, mem, qword, word } from '../assembler/operands.js';
import { boot } from './fields.js';

const SIGNATURE = 0x2052545020445352n; // "RSD PTR "
const RSDP_V1_SIZE = 20;
/** Real-mode segment of the extended BIOS data area. */
const EBDA_SEGMENT = 0x40e;

/** Part `find_rsdp`: in the first KiB of the EBDA, then in the BIOS area (ACPI 6.4, 5.2.5.1). Changes every register but RSP. */
export function writeFindRsdp(a: Assembler): void {
  const { code: c } = a;
  a.part('find_rsdp', () => {
    const search = a.local('search');
    const next = a.local('next');
    const sum = a.local('sum');
    const done = a.local('done');
    const bios = a.local('bios');
    // A null pointer is as good as any other address here.
    c.xor(o.EAX, o.EAX);
    c.movzx(o.ESI, word(o.RAX, EBDA_SEGMENT));
    c.shl(o.ESI, imm(4));
    c.je(bios);
    c.lea(o.RDX, mem(o.RSI, 1024));
    c.call(search);
    c.jne(done);
    a.at(bios);
    c.mov(o.ESI, imm(0xe0000));
    c.mov(o.EDX, imm(0x100000));
    c.call(search);
    a.at(done);
    c.ret();

    // From RSI up to RDX; not zero when it was found.
    a.at(search);
    c.mov(o.RDI, imm(SIGNATURE));
    const look = a.local('look');
    a.at(look);
    c.cmp(o.RDI, qword(o.RSI));
    c.jne(next);
    c.xor(o.EAX, o.EAX);
    c.mov(o.ECX, imm(RSDP_V1_SIZE));
    a.at(sum);
    c.add(o.AL, o.byte(o.RSI, -1, o.RCX));
    c.dec(o.ECX);
    c.jne(sum);
    c.test(o.AL, o.AL);
    c.jne(next);
    c.mov(boot('rsdp'), o.RSI);
    c.test(o.RSI, o.RSI);
    c.ret();
    a.at(next);
    c.add(o.RSI, imm(16));
    c.cmp(o.RSI, o.RDX);
    c.jb(look);
    c.xor(o.EAX, o.EAX);
    c.ret();
  });
}
