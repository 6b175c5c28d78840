import { elfMachine } from '../abi/elf.js';
import { STARTUP_64 } from '../abi/setup-header.js';
import { hex } from '../core/errors.js';
import type { BzImage } from '../image/container/bzimage.js';
import type { Elf } from '../image/container/elf.js';
import type { Claim, EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { elfOf, linuxMark, nothingShows, physicalEntry } from './linux-elf.js';
import { field, loadFacts, movedText, noEntry32, protocolText, zeroPageFreedom } from './setup-facts.js';

const PROTOCOL = 'boot.rst, "64-bit Boot Protocol"';
const UNNAMED = `${PROTOCOL}, names of the registers RSI, CS, DS, ES and SS alone`;

export const linux64: EntryDefinition<'linux64'> = {
  id: 'linux64',
  title: 'Linux 64-bit boot protocol',
  order: 3,
  architecture: 'x86',
  declaredBy: ['setup header', 'ELF'],
  state: [
    '64-bit mode: EFER LME and LMA, CR4 PAE, CR0 PE and PG, CR3 with identity-mapped page tables',
    'mapped: init_size bytes from the load address on, the zero page and the command line',
    'CS = 0x10 (__BOOT_CS): execute and read; DS = ES = SS = 0x18 (__BOOT_DS): read and write; both in the loaded GDT',
    'RSI = physical address of the zero page',
    'interrupts off (RFLAGS IF = 0)',
    'RIP = load address + 0x200 (bzImage), or the physical entry point of the ELF file',
  ],
  freedom: {
    ...zeroPageFreedom(PROTOCOL, UNNAMED, '64-bit mode with paging enabled'),
    stated: ['RSI'],
    structures: `${PROTOCOL}: boot_params "could be allocated anywhere"; boot.rst, cmd_line_ptr, has the command line below 0xa0000`,
  },
  start: async () => (await import('./start/linux64.js')).startLinux64,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const kernel = layer.formats.bzimage;
    if (kernel) return fromBzImage(quoting, kernel);
    const elf = elfOf(layer, elfMachine.EM_X86_64, 64);
    if (elf) return fromElf(quoting, elf);
    const other = layer.formats.elf;
    return {
      offered: false,
      reason: other
        ? `The ELF file (class ${other.class}, machine ${other.machine}) is not for x86-64.`
        : `The file is neither a bzImage nor an ELF file.${movedText(layer)}`,
      evidence: other ? [quoting.elf(other, 'e_machine', `machine ${other.machine}`)] : [],
    };
  },
};

function fromBzImage(quoting: Quoting, kernel: BzImage): Claim {
  if (kernel.version < 0x020c) {
    return {
      offered: false,
      reason: `Boot protocol ${protocolText(kernel)} has no xloadflags; a 64-bit entry is declared since 2.12.`,
      evidence:
        kernel.version === 0 ? [] : [quoting.setup('version', `boot protocol ${protocolText(kernel)}`)],
    };
  }
  const flags = hex(field(kernel, 'xloadflags'));
  if (!kernel.xloadflags.includes('XLF_KERNEL_64')) {
    return {
      offered: false,
      reason: `xloadflags is ${flags}: bit 0, XLF_KERNEL_64, is clear, so there is no 64-bit entry at 0x200.`,
      evidence: [quoting.setup('xloadflags', 'bit 0, XLF_KERNEL_64, is clear')],
    };
  }
  if (field(kernel, 'code32_start') === 0) return { offered: false, ...noEntry32(quoting) };
  const address = BigInt(field(kernel, 'code32_start') + STARTUP_64);
  const preferred = field(kernel, 'pref_address');
  return {
    offered: true,
    address,
    addressKind: 'physical',
    reason: `xloadflags is ${flags}: bit 0, XLF_KERNEL_64, declares a 64-bit entry at 0x200.`,
    evidence: [
      quoting.setup('version', `boot protocol ${protocolText(kernel)}, which has xloadflags`),
      quoting.setup('xloadflags', 'bit 0, XLF_KERNEL_64, is set'),
      quoting.setup('code32_start', `load address ${hex(field(kernel, 'code32_start'))} unless moved`),
      quoting.at(
        kernel.setupSize + STARTUP_64,
        16,
        'the code at the entry',
        'arch/x86/boot/compressed/head_64.S, .org 0x200, startup_64',
      ),
    ],
    facts: {
      ...loadFacts(kernel),
      'entry if loaded where preferred': hex(preferred + STARTUP_64),
      'loadable above 4 GiB': kernel.xloadflags.includes('XLF_CAN_BE_LOADED_ABOVE_4G') ? 'yes' : 'no',
    },
  };
}

function fromElf(quoting: Quoting, elf: Elf): Claim {
  const machine = quoting.elf(elf, 'e_machine', 'EM_X86_64');
  const mark = linuxMark(quoting, elf);
  const address = physicalEntry(elf);
  if (!mark) {
    const { reason, evidence } = nothingShows(quoting, elf);
    const denial = `An x86-64 ELF executable: ${reason}.`;
    // Firecracker takes e_entry as it stands.
    if (address !== elf.entry) return { offered: false, reason: denial, evidence: [machine, ...evidence] };
    return {
      offered: false,
      byName: true,
      address,
      addressKind: 'physical',
      reason: `${denial} A loader that does not ask (zeropage loaders) enters it at ${hex(address)}, and so does zeropage boot --entry linux64.`,
      evidence: [machine, ...evidence],
    };
  }
  const entry = quoting.elf(elf, 'e_entry', `entry point ${hex(elf.entry)}`);
  if (address === undefined) {
    return { offered: false, reason: 'No segment holds the entry point.', evidence: [machine, entry] };
  }
  return {
    offered: true,
    address,
    addressKind: 'physical',
    reason: 'An x86-64 Linux kernel as ELF file: startup_64 takes the zero page in RSI.',
    evidence: [machine, entry, mark],
    facts: { through: 'ELF segments, each to its physical address' },
  };
}
