import { elfMachine } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import type { BzImage } from '../image/container/bzimage.js';
import type { Elf } from '../image/container/elf.js';
import type { Claim, EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { elfOf, linuxMark, nothingShows, physicalEntry } from './linux-elf.js';
import { field, loadFacts, movedText, noEntry32, protocolText, zeroPageFreedom } from './setup-facts.js';

/** From here on the kernel takes the zero page from ESI; before it read 0x90000 (arch/i386/kernel/head.S of 2.0 to 2.3). */
const FIRST_WITH_ESI = 0x0202;

const PROTOCOL = 'boot.rst, "32-bit Boot Protocol"';
const UNNAMED = `${PROTOCOL}, names of the registers ESI, EBP, EDI, EBX, CS, DS, ES and SS alone`;

export const linux32: EntryDefinition<'linux32'> = {
  id: 'linux32',
  title: 'Linux 32-bit boot protocol',
  order: 2,
  architecture: 'x86',
  declaredBy: ['setup header', 'ELF'],
  state: [
    '32-bit protected mode, paging off (CR0 PE = 1, PG = 0), interrupts off (EFLAGS IF = 0)',
    'CS = 0x10 (__BOOT_CS): flat, execute and read; DS = ES = SS = 0x18 (__BOOT_DS): flat, read and write; both in the loaded GDT',
    'ESI = physical address of the zero page, below 4 GiB',
    'EBP = EDI = EBX = 0',
    'EIP = start of the loaded protected-mode code, which code32_start states',
    'zero page: all zero but the setup header from the image, the memory map, command line and initrd',
  ],
  freedom: {
    ...zeroPageFreedom(PROTOCOL, UNNAMED, '32-bit protected mode with paging disabled'),
    stated: ['RBX', 'RBP', 'RSI', 'RDI'],
    structures: `${PROTOCOL}, says of no structure where it lies; boot.rst, cmd_line_ptr, has the command line below 0xa0000`,
  },
  start: async () => (await import('./start/linux32.js')).startLinux32,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const kernel = layer.formats.bzimage;
    if (kernel) return fromBzImage(quoting, kernel);
    const elf = elfOf(layer, elfMachine.EM_386, 32);
    if (elf) return fromElf(quoting, elf);
    const other = layer.formats.elf;
    if (other?.machine === elfMachine.EM_X86_64) {
      return {
        offered: false,
        reason:
          'An x86-64 ELF is entered in 64-bit mode; only the bzImage around it has 32-bit code in front.',
        evidence: [quoting.elf(other, 'e_machine', 'EM_X86_64')],
      };
    }
    return {
      offered: false,
      reason: other
        ? `The ELF file is for machine ${other.machine}, not i386.`
        : `The file is neither a bzImage nor an ELF file.${movedText(layer)}`,
      evidence: other ? [quoting.elf(other, 'e_machine', `machine ${other.machine}`)] : [],
    };
  },
};

function fromBzImage(quoting: Quoting, kernel: BzImage): Claim {
  const version = quoting.setup('version', `boot protocol ${protocolText(kernel)}`);
  if (kernel.version < FIRST_WITH_ESI) {
    return {
      offered: false,
      reason: `Boot protocol ${protocolText(kernel)}: before 2.02 the kernel reads its parameters from 0x90000, where its own setup code must have put them.`,
      evidence: kernel.version === 0 ? [] : [version],
    };
  }
  const flags = field(kernel, 'loadflags');
  if (!kernel.loadflags.includes('LOADED_HIGH')) {
    return {
      offered: false,
      reason: `A zImage (loadflags ${hex(flags)}, bit 0 clear) has no 32-bit entry for loaders.`,
      evidence: [version, quoting.setup('loadflags', 'bit 0, LOADED_HIGH, is clear')],
    };
  }
  const address = field(kernel, 'code32_start');
  if (address === 0) return { offered: false, ...noEntry32(quoting) };
  return {
    offered: true,
    address: BigInt(address),
    addressKind: 'physical',
    reason: `A bzImage of boot protocol ${protocolText(kernel)} starts with 32-bit code.`,
    evidence: [
      version,
      quoting.setup('loadflags', 'bit 0, LOADED_HIGH, is set'),
      quoting.setup(
        'code32_start',
        `protected-mode code is loaded and entered at ${hex(address)} unless moved`,
      ),
    ],
    facts: {
      ...loadFacts(kernel),
      ...(kernel.version < 0x0203 ? { loaders: 'GRUB 2 wants protocol 2.03' } : {}),
    },
  };
}

function fromElf(quoting: Quoting, elf: Elf): Claim {
  const machine = quoting.elf(elf, 'e_machine', 'EM_386');
  const mark = linuxMark(quoting, elf);
  if (!mark) {
    const { reason, evidence } = nothingShows(quoting, elf);
    return {
      offered: false,
      reason: `An i386 ELF executable: ${reason}.`,
      evidence: [machine, ...evidence],
    };
  }
  const address = physicalEntry(elf);
  const entry = quoting.elf(elf, 'e_entry', `entry point ${hex(elf.entry)}`);
  if (address === undefined) {
    return { offered: false, reason: 'No segment holds the entry point.', evidence: [machine, entry] };
  }
  return {
    offered: true,
    address,
    addressKind: 'physical',
    reason: 'An i386 Linux kernel as ELF file: startup_32 takes the zero page in ESI like the bzImage.',
    evidence: [machine, entry, mark],
    facts: { through: 'ELF segments, each to its physical address' },
  };
}
