import { elfMachine } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import { xenNote, xenNumber } from '../image/xen/notes.js';
import type { EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { lostNote, lostText, sectionNote } from './misplaced-note.js';
import { type PvhRelocation, pvhNotes, pvhRelocation } from './pvh-notes.js';

/** Xen docs/misc/pvh.pandoc, "x86/HVM direct boot ABI". */
const UNNAMED = 'pvh.pandoc: "All other processor registers and flag bits are unspecified"';
const OWN = 'pvh.pandoc: "The OS is in charge of setting up it\'s own stack, GDT and IDT"';
const LAID_OUT = 'start_info.h says of nothing where it lies but that Xen tries to put all below 4 GiB';

export const pvh: EntryDefinition<'pvh'> = {
  id: 'pvh',
  title: 'PVH (x86/HVM direct boot)',
  order: 6,
  architecture: 'x86',
  declaredBy: ['ELF', 'notes'],
  state: [
    '32-bit protected mode, paging off: CR0 PE = 1 and no other writable bit, CR4 = 0',
    'EBX = physical address of struct hvm_start_info, below 4 GiB',
    'EIP = PHYS32_ENTRY; CS flat 32-bit, execute and read; DS, ES and SS flat 32-bit, read and write; selectors of no matter',
    'TR = busy 32-bit TSS, base 0, limit 0x67',
    'EFLAGS VM = 0, IF = 0, TF = 0; all other registers unspecified, no stack',
    'ELF segments at their physical addresses; command line, modules (the first is the initrd), memory map and RSDP from hvm_start_info',
  ],
  platforms: ['bare', 'kvm', 'xen-pvh'],
  freedom: {
    registers: UNNAMED,
    stated: ['RBX'],
    flags: 'pvh.pandoc, eflags: "Other bits are all unspecified"',
    efer: UNNAMED,
    selectors: 'pvh.pandoc, ds and es: "The selector values are all unspecified", and so is that of cs',
    fsGs: UNNAMED,
    gdtr: OWN,
    idtr: OWN,
    memory: 'pvh.pandoc says what is loaded and handed over, and of no other memory what is in it',
    structures: LAID_OUT,
    initrd: LAID_OUT,
    loadAddress:
      'elfnote.h, XEN_ELFNOTE_PHYS32_RELOC: "indicates the kernel supports relocating itself", within the limits that it states',
    rsdp: 'pvh.pandoc, "Hardware description": the RSDP can be fetched from rsdp_paddr "if present"',
    processor: 'pvh.pandoc asks for no maker and no leaf of CPUID',
  },
  start: async () => (await import('./start/pvh.js')).startPvh,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const { elf } = layer.formats;
    if (!elf) {
      return {
        offered: false,
        reason: 'The file is not an ELF file, so it has no PHYS32_ENTRY note.',
        evidence: [],
      };
    }
    if (elf.machine !== elfMachine.EM_386 && elf.machine !== elfMachine.EM_X86_64) {
      return {
        offered: false,
        reason: `The ELF file is for machine ${elf.machine}, not x86.`,
        evidence: [quoting.elf(elf, 'e_machine', `machine ${elf.machine}`)],
      };
    }
    const { notes, seenByXen } = pvhNotes(elf, layer.bytes);
    const note = xenNote(notes, 'PHYS32_ENTRY');
    const address = xenNumber(notes, 'PHYS32_ENTRY');
    if (!note || address === undefined) {
      const lost = lostNote(layer, elf, 'PHYS32_ENTRY');
      const reason =
        notes.length === 0
          ? 'The ELF file has no notes of owner "Xen".'
          : `None of the ${notes.length} Xen notes is PHYS32_ENTRY (type 18): ${notes.map(({ name }) => name).join(', ')}.`;
      return {
        offered: false,
        reason: lost
          ? `${notes.length === 0 ? 'Loaders find no Xen notes.' : reason} ${lostText(lost)}`
          : reason,
        evidence: [
          ...(lost ? [quoting.note(lost)] : []),
          ...notes.slice(0, 1).map((one) => quoting.note(one)),
        ],
      };
    }
    const inSection = sectionNote(layer, elf, 'PHYS32_ENTRY');
    const segment = elf.segments.find(
      ({ typeName, paddr, memSize }) =>
        typeName === 'PT_LOAD' && address >= paddr && address < paddr + memSize,
    );
    if (!segment) {
      return {
        offered: false,
        reason: `PHYS32_ENTRY is ${hex(address)}, where no segment is loaded.`,
        evidence: [quoting.note(note)],
      };
    }
    const relocation = xenNote(notes, 'PHYS32_RELOC');
    const limits = pvhRelocation(elf, notes);
    const code = segment.offset + Number(address - segment.paddr);
    return {
      offered: true,
      address,
      addressKind: 'physical',
      reason: `The note PHYS32_ENTRY states a 32-bit physical entry at ${hex(address)}.`,
      evidence: [
        quoting.note(note),
        ...(relocation ? [quoting.note(relocation)] : []),
        quoting.at(code, 16, 'the code at the entry', 'arch/x86/platform/pvh/head.S, pvh_start_xen'),
      ],
      facts: {
        'note descriptor': `${note.size} bytes`,
        relocatable: limits ? relocationText(limits) : 'no (no PHYS32_RELOC note)',
        ...(inSection
          ? {
              'found by': `Xen, which reads sections too; not by QEMU and Firecracker: it is ${inSection.where}`,
            }
          : {}),
        ...(seenByXen
          ? {}
          : {
              'note padding': '8 bytes: Xen pads notes to 4 and does not find this one; QEMU goes by p_align',
            }),
      },
    };
  },
};

const relocationText = ({ align, min, max }: PvhRelocation): string =>
  `${hex(min)}–${hex(max)}, aligned to ${hex(align)}`;
