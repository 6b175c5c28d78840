import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../../../test/craft/bzimage.js';
import { craftElf } from '../../../../test/craft/elf.js';
import { craftMultiboot } from '../../../../test/craft/multiboot.js';
import { concat } from '../../../../test/craft/write.js';
import { CR0, CR4, EFER } from '../../../abi/x86/control-registers.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { openImage } from '../../../image/open.js';
import { Machine } from '../../../machine/machine.js';
import type { EntryDefinition } from '../../entry.js';
import { linux32 } from '../../linux32.js';
import { linux64 } from '../../linux64.js';
import { multiboot } from '../../multiboot.js';
import { pvh } from '../../pvh.js';
import { chosen } from './choices.js';
import { Variant } from './variant.js';

/** Whatever a variation makes otherwise, what an entry's ABI states stands: docs/entries. */

const code = new Uint8Array(0x400).fill(0x90);
const bzImage = craftBzImage({ code, header: { init_size: 0x800000 } });
const elf = craftElf({
  class: 32,
  entry: 0x1000000,
  segments: [{ vaddr: 0x1000000, data: code }],
  notes: [{ owner: 'Xen', type: 18, desc: 0x1000000 }],
});
const fields = { header_addr: 0x100000, load_addr: 0x100000, load_end_addr: 0, entry_addr: 0x100030 };
const header = concat(craftMultiboot(0x10000, fields), code);

async function started(definition: EntryDefinition, file: Uint8Array, ids?: readonly string[], seed = 1) {
  const image = await openImage(file, { unpack: false });
  const machine = new Machine({ memory: 32 });
  const variant = ids?.length === 0 ? undefined : new Variant(seed, chosen(definition.freedom, ids));
  const start = await definition.start!();
  variant?.before(machine);
  const places = start(machine, image, definition.claim(image, 'image'), { commandLine: '', variant });
  variant?.after(machine);
  return { machine, cpu: machine.cpu, places };
}

const flat = { base: 0n, limit: 0xffffffff };

describe('all that is open is otherwise, and what is stated is as it is', () => {
  test('linux64', async () => {
    const { cpu, places } = await started(linux64, bzImage);
    const { segment } = cpu;
    expect(cpu.codeBits).toBe(64);
    expect(cpu.cr4 & (CR4.PAE | CR4.LA57)).toBe(CR4.PAE);
    expect(cpu.cr4 & (CR4.TSD | CR4.PSE | CR4.PGE)).toBe(CR4.TSD | CR4.PSE | CR4.PGE);
    expect(cpu.cr0 & (CR0.CD | CR0.NW | CR0.WP)).toBe(CR0.WP);
    expect(cpu.efer & (EFER.LMA | EFER.NXE | EFER.SCE)).toBe(EFER.LMA | EFER.NXE | EFER.SCE);
    expect(cpu.flags & (FLAG.IF | FLAG.TF | FLAG.VM)).toBe(0);
    expect([segment.cs.value.selector, segment.ds.value.selector, segment.ss.value.selector]).toEqual([
      0x10, 0x18, 0x18,
    ]);
    expect(segment.gs.value.base).not.toBe(0n);
    expect(cpu.gdtr.base).toBe(BigInt(places.find(({ name }) => name === 'GDT')!.start));
    expect(cpu.gpr[GPR.RSI]).toBe(BigInt(places.find(({ name }) => name === 'zero page')!.start));
    expect(cpu.gpr[GPR.RDX]! >> 32n).not.toBe(0n);
  });

  test('linux32', async () => {
    const { cpu } = await started(linux32, bzImage);
    expect([cpu.codeBits, cpu.cr0 & CR0.PG, cpu.efer & EFER.LME]).toEqual([32, 0, 0]);
    expect([GPR.RBX, GPR.RBP, GPR.RDI].map((register) => cpu.gpr[register])).toEqual([0n, 0n, 0n]);
    expect(cpu.cr4 & CR4.PAE).toBe(CR4.PAE);
  });

  test('pvh', async () => {
    const { cpu, places } = await started(pvh, elf);
    const { cs, ds, es, tr, fs } = cpu.segment;
    expect([cpu.cr0, cpu.cr4, cpu.efer & EFER.LME]).toEqual([CR0.PE | CR0.ET, 0, 0]);
    expect([cs.value, ds.value, es.value]).toEqual(Array(3).fill(expect.objectContaining(flat)));
    expect(tr.value).toMatchObject({ base: 0n, limit: 0x67, access: 0x8b });
    expect(cs.value.selector).not.toBe(0x08);
    expect(fs.value.base).not.toBe(0n);
    expect(cpu.gpr[GPR.RBX]).toBe(BigInt(places.find(({ name }) => name === 'hvm_start_info')!.start));
  });

  test('multiboot', async () => {
    const { cpu } = await started(multiboot, header);
    const { cs, ds, fs, gs, ss } = cpu.segment;
    expect(cpu.gpr[GPR.RAX]).toBe(0x2badb002n);
    expect([cpu.cr0 & CR0.PG, cpu.cr4 & CR4.TSD]).toEqual([0, CR4.TSD]);
    expect([cs, ds, fs, gs, ss].map(({ value }) => value)).toEqual(
      Array(5).fill(expect.objectContaining(flat)),
    );
    expect(cpu.gdtr.limit).not.toBe(0);
  });
});

test('a choice moves nothing but what it is about, the same each time', async () => {
  const usual = (await started(linux64, bzImage, [])).cpu;
  const [once, twice, other] = [
    await started(linux64, bzImage, ['rdx']),
    await started(linux64, bzImage, ['rdx']),
    await started(linux64, bzImage, ['rdx'], 2),
  ].map(({ cpu }) => cpu);
  expect(once!.gpr).toEqual(twice!.gpr);
  expect(once!.gpr[GPR.RDX]).not.toBe(other!.gpr[GPR.RDX]);
  const rest = (cpu: typeof usual) => [...cpu.gpr].filter((_, register) => register !== GPR.RDX);
  expect(rest(once!)).toEqual(rest(usual));
  expect([once!.cr0, once!.cr4, once!.efer, once!.flags]).toEqual([
    usual.cr0,
    usual.cr4,
    usual.efer,
    usual.flags,
  ]);
});

test('a bit whose feature the processor has not is left clear', async () => {
  const { cpu } = await started(linux64, bzImage, ['cr4-smap', 'cr4-de', 'cr4-pge']);
  // That without more has neither SMAP nor breakpoints on ports.
  expect(cpu.cr4).toBe(CR4.PAE | CR4.PGE);
});
