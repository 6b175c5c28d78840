import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { dword, imm, label } from '../assembler/operands.js';

const GIBIBYTES = 4;
/** PML4, one page directory pointer table, a page directory a GiB. */
export const PAGE_TABLES_SIZE = (2 + GIBIBYTES) * 0x1000;
const { PRESENT, WRITABLE, LARGE } = PAGE_ENTRY;
const PRESENT_WRITABLE = PRESENT | WRITABLE;

/**
 * Maps the first 4 GiB one to one in pages of 2 MiB at `page_tables` and loads CR3. Code for both widths: it addresses through
 * 32-bit registers. Changes EAX, ECX and EDI.
 */
export function writePageTables(a: Assembler, bits: 32 | 64): void {
  const { code: c } = a;
  const tables = (offset: number) => imm(label('page_tables', offset));
  c.xor(o.EAX, o.EAX);
  c.mov(o.EDI, tables(0));
  c.mov(o.ECX, imm(PAGE_TABLES_SIZE / 4));
  c.rep_stosd();
  c.mov(o.EDI, tables(0));
  c.mov(dword(o.EDI), imm(label('page_tables', 0x1000 | PRESENT_WRITABLE)));
  for (let i = 0; i < GIBIBYTES; i++) {
    c.mov(dword(o.EDI, 0x1000 + i * 8), imm(label('page_tables', 0x2000 + i * 0x1000 + PRESENT_WRITABLE)));
  }
  const next = a.local('page');
  c.add(o.EDI, imm(0x2000));
  c.mov(o.EAX, imm(LARGE | PRESENT_WRITABLE));
  a.at(next);
  c.mov(dword(o.EDI), o.EAX);
  c.add(o.EDI, imm(8));
  c.add(o.EAX, imm(0x200000));
  // After the last page the address has gone round.
  c.jae(next);
  c.mov(o.EAX, tables(0));
  c.mov(o.CR3, bits === 32 ? o.EAX : o.RAX);
}
