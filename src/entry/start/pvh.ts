import {
  HVM_START_MAGIC,
  hvmMemmapTableEntry,
  hvmModlistEntry,
  hvmStartInfo,
} from '../../abi/hvm-start-info.js';
import { GPR } from '../../abi/x86/registers.js';
import type { Bytes } from '../../core/bytes.js';
import { StartError } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { Machine } from '../../machine/machine.js';
import { pvhNotes, pvhRelocation } from '../pvh-notes.js';
import { cString, Layout, REACH, refuseLongCommandLine } from './layout.js';
import { extentOf, loadElf } from './load-elf.js';
import { enterProtectedMode } from './protected-mode.js';
import { type BootInput, refuseSubarch, type Start } from './start.js';

const { RBX } = GPR;
const MEBIBYTE = 0x100000;

/**
 * Start of day of the PVH entry (docs/entries/pvh.md): ELF segments loaded, hvm_start_info version 1 with memory map and
 * modules, 32-bit protected mode without paging, EBX = start info.
 */
export const startPvh: Start = (machine, layer, claim, input) => {
  const { elf } = layer.formats;
  if (!elf || claim.address === undefined) throw new StartError('there is no ELF file with a PVH entry');
  refuseSubarch(input, 'hvm_start_info');
  if (input.commandLineMax !== undefined) refuseLongCommandLine(input.commandLine, input.commandLineMax);
  const layout = new Layout(machine, input.variant);
  const moved = movedBy(layout, layer.bytes, elf);
  loadElf(layout, layer, elf, moved);
  const info = putStartInfo(machine, layout, input);

  const { cpu } = machine;
  enterProtectedMode(machine, { code: 0x08, data: 0x10 });
  // A busy 32-bit TSS.
  cpu.segment.tr.value = { selector: 0, base: 0n, limit: 0x67, access: 0x8b };
  cpu.gpr[RBX] = BigInt(info);
  cpu.rip = claim.address + BigInt(moved);
  return layout.places;
};

/** How far from where it was linked a kernel is loaded that says by a note that it can be moved. */
function movedBy(layout: Layout, bytes: Bytes, elf: Elf): number {
  const drawn = layout.variant?.random('load-address');
  const limits = drawn && pvhRelocation(elf, pvhNotes(elf, bytes).notes);
  if (!limits) return 0;
  const { align, min, max } = limits;
  const { start, size } = extentOf(elf);
  const end = Math.min(max + 1, REACH);
  return (layout.findAny(drawn, size, align, Math.max(min, MEBIBYTE), end) ?? start) - start;
}

/** Puts hvm_start_info and all that it points to into RAM, each on pages of its own; returns its address. */
function putStartInfo(machine: Machine, layout: Layout, input: BootInput): number {
  const { guestView } = machine.memory;
  // Linux ≥ 6.12 uses its first bytes as a stack: nothing else may be on this page.
  const info = layout.low('hvm_start_info', hvmStartInfo.size, hvmStartInfo);
  const commandLine = layout.low('command line', cString(input.commandLine));
  const map = machine.memoryMap();
  const memmap = layout.low('memory map', map.length * hvmMemmapTableEntry.size, hvmMemmapTableEntry);
  for (const [i, { start, size, type }] of map.entries()) {
    hvmMemmapTableEntry.write(guestView, memmap + i * hvmMemmapTableEntry.size, {
      addr: BigInt(start),
      size: BigInt(size),
      type,
    });
  }
  const count = (input.initrd ? 1 : 0) + (input.modules?.length ?? 0);
  hvmStartInfo.write(guestView, info, {
    magic: HVM_START_MAGIC,
    version: 1,
    flags: 0,
    nr_modules: count,
    modlist_paddr: BigInt(count > 0 ? putModules(layout, input, count) : 0),
    cmdline_paddr: BigInt(commandLine),
    rsdp_paddr: BigInt(layout.variant?.random('no-rsdp') ? 0 : machine.chipset.acpi.rsdp),
    memmap_paddr: BigInt(memmap),
    memmap_entries: map.length,
    reserved: 0,
  });
  return info;
}

/** The initrd first, which is the only module that Linux looks at, then the others; returns the list's address. */
function putModules(layout: Layout, { initrd, modules = [] }: BootInput, count: number): number {
  const { guestView } = layout.machine.memory;
  const list = layout.low('module list', count * hvmModlistEntry.size, hvmModlistEntry);
  const all = [...(initrd ? [{ data: initrd, string: '' }] : []), ...modules];
  for (const [index, { data, string }] of all.entries()) {
    const name = initrd && index === 0 ? 'initrd' : `module ${index}`;
    hvmModlistEntry.write(guestView, list + index * hvmModlistEntry.size, {
      paddr: BigInt(layout.high(name, data, REACH)),
      size: BigInt(data.length),
      cmdline_paddr: BigInt(string === '' ? 0 : layout.low(`string of module ${index}`, cString(string))),
    });
  }
  return list;
}
