import { multibootFlags, multibootHeader } from '../abi/multiboot.js';
import { hex } from '../core/errors.js';
import type { Multiboot1Header } from '../image/container/multiboot.js';
import type { Claim, EntryDefinition, Evidence } from './entry.js';
import { Quoting } from './evidence.js';
import { multibootLoadings } from './loaders/multiboot.js';
import { byLoaders, multibootFreedom, withoutHeader } from './multiboot-claim.js';
import { multibootElf } from './multiboot-elf.js';
import { misplacedHeader } from './multiboot-misplaced.js';

/** Bits 0–15 are requirements; 0.6.96 defines three of them. */
const KNOWN_REQUIREMENTS = 0x7;

const SPECIFICATION = 'Multiboot Specification 0.6.96';
const STATE = `${SPECIFICATION}, section 3.2`;

export const multiboot: EntryDefinition<'multiboot'> = {
  id: 'multiboot',
  title: 'Multiboot (version 1)',
  order: 8,
  architecture: 'x86',
  declaredBy: ['ELF', 'multiboot header'],
  state: [
    'EAX = 0x2badb002; EBX = physical address of the Multiboot information structure',
    '32-bit protected mode, paging off: CR0 PE = 1, PG = 0; A20 on',
    'CS flat 32-bit, execute and read; DS, ES, FS, GS and SS flat 32-bit, read and write; selectors undefined',
    'EFLAGS VM = 0, IF = 0; ESP undefined, so is the GDTR: the kernel loads its own before any segment register',
    'EIP = entry_addr of the header, or the entry point of the ELF file',
  ],
  namesKernel: true,
  freedom: {
    ...multibootFreedom(SPECIFICATION, STATE),
    structures:
      'Multiboot Specification 0.6.96, section 3.3: "may be placed anywhere in memory by the boot loader"',
    loaderName:
      'Multiboot Specification 0.6.96, section 3.3: flags say which fields are there, bit 9 whether boot_loader_name is',
  },
  start: async () => (await import('./start/multiboot.js')).startMultiboot,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const header = layer.formats.multiboot;
    if (!header) {
      const none = 'The first 8192 bytes hold no Multiboot header (magic 0x1badb002, checksum right)';
      return withoutHeader(quoting, none, misplacedHeader(layer, 1));
    }
    return byLoaders(quoting, bySpecification(quoting, header), multibootLoadings(layer));
  },
};

/** What the specification says. */
function bySpecification(quoting: Quoting, header: Multiboot1Header): Claim {
  const unknown = header.flags & 0xffff & ~KNOWN_REQUIREMENTS;
  if (unknown !== 0) {
    return {
      offered: false,
      reason: `The header requires features the specification does not have (flags ${hex(unknown)}); a loader must refuse it.`,
      evidence: proof(quoting, header),
    };
  }
  return bit(header, multibootFlags.AOUT_KLUDGE) ? fromFields(quoting, header) : fromElf(quoting, header);
}

function fromFields(quoting: Quoting, header: Multiboot1Header): Claim {
  const { load } = header;
  if (!load) {
    return {
      offered: false,
      reason: 'Flags bit 16 is set, but the address fields are not within the first 8192 bytes.',
      evidence: proof(quoting, header),
    };
  }
  const before = load.headerAddr - load.loadAddr;
  const fields = quoting.at(
    header.offset + multibootHeader.fields.header_addr.offset,
    20,
    `header ${hex(load.headerAddr)}, load ${hex(load.loadAddr)}–${end(load.loadEndAddr)}, bss to ${end(load.bssEndAddr)}, entry ${hex(load.entryAddr)}`,
    `${multibootHeader.source}, "Header address fields"`,
  );
  if (before < 0 || before > header.offset) {
    return {
      offered: false,
      reason: `The address fields make no sense: load_addr ${hex(load.loadAddr)}, header_addr ${hex(load.headerAddr)}, and the header stands at file offset ${hex(header.offset)}.`,
      evidence: [...proof(quoting, header), fields],
    };
  }
  return {
    offered: true,
    address: BigInt(load.entryAddr),
    addressKind: 'physical',
    reason: 'The Multiboot header states in its address fields how the file is loaded.',
    evidence: [...proof(quoting, header), fields],
    facts: {
      'load rule': `address fields: from file offset ${hex(header.offset - before)} to ${hex(load.loadAddr)}–${end(load.loadEndAddr)}, zeros to ${end(load.bssEndAddr)}`,
      ...requirements(header),
    },
  };
}

function fromElf(quoting: Quoting, header: Multiboot1Header): Claim {
  const { elf } = quoting.layer.formats;
  const load = multibootElf(elf);
  if ('problem' in load || !elf) {
    const problem = 'problem' in load ? load.problem : '';
    return {
      offered: false,
      reason: `The Multiboot header has no address fields (flags bit 16 is clear), and ${problem}.`,
      evidence: proof(quoting, header),
    };
  }
  return {
    offered: true,
    address: load.address,
    addressKind: 'physical',
    reason: 'The file has a Multiboot header and is loaded by its ELF segments.',
    evidence: [
      ...proof(quoting, header),
      quoting.elfClass(elf),
      quoting.elf(elf, 'e_entry', `entry point ${hex(elf.entry)}`),
    ],
    facts: {
      'load rule': 'ELF segments, each to its physical address',
      ...requirements(header),
    },
  };
}

function proof(quoting: Quoting, header: Multiboot1Header): Evidence[] {
  return [
    quoting.at(
      header.offset,
      12,
      `magic 0x1badb002, flags ${hex(header.flags)}, checksum right`,
      `${multibootHeader.source}`,
    ),
  ];
}

function requirements(header: Multiboot1Header): Record<string, string> {
  const wanted = [
    bit(header, multibootFlags.PAGE_ALIGN) ? 'page-aligned modules' : '',
    bit(header, multibootFlags.MEMORY_INFO) ? 'memory information' : '',
    bit(header, multibootFlags.VIDEO_MODE) ? 'video mode table' : '',
  ].filter(Boolean);
  return { requires: wanted.join(', ') || 'nothing' };
}

function bit(header: Multiboot1Header, index: number): boolean {
  return ((header.flags >>> index) & 1) === 1;
}

/** 0 stands for the end of the file, or for no bss. */
function end(address: number): string {
  return address === 0 ? 'the end of the file' : hex(address);
}
