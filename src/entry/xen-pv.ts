import { elfMachine } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import type { Elf } from '../image/container/elf.js';
import { type XenDomParms, type XenLayout, xenDomParms, xenPvVerdict } from '../image/xen/dom-parms.js';
import { xenNote, xenNumber } from '../image/xen/notes.js';
import type { Claim, EntryDefinition, Evidence } from './entry.js';
import { Quoting } from './evidence.js';
import { lostNote, lostText } from './misplaced-note.js';

const LIBELF = 'Xen xen/common/libelf/libelf-dominfo.c';

export const xenPv: EntryDefinition<'xen-pv'> = {
  id: 'xen-pv',
  title: 'Xen paravirtualised guest',
  order: 7,
  architecture: 'x86',
  declaredBy: ['ELF', 'notes'],
  state: [
    'guest kernel mode under Xen (ring 3 on x86-64), paging on, no hardware access but through hypercalls',
    'RSI = virtual address of struct start_info; RIP = ENTRY, a virtual address',
    'RSP = end of the boot stack page; RFLAGS IF = 1, all other registers 0',
    'CS = 0xe033 (FLAT_KERNEL_CS), SS = 0xe02b (FLAT_KERNEL_SS), DS = ES = FS = GS = 0',
    'CR3 = page tables of the builder, 4 KiB pages from VIRT_BASE on, the page tables themselves read-only',
    'events masked on every processor (evtchn_upcall_mask = 1); start_info, xenstore, console and p2m as the layout says',
  ],
  platforms: ['xen-pv'],
  freedom: {
    memory:
      'xen.h, "Start-of-day memory layout", says where bootstrap elements lie, and of no other memory what is in it',
    processor: 'a domain builder may show any processor in CPUID',
  },
  start: async () => (await import('./start/xen-pv.js')).startXenPv,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const { elf } = layer.formats;
    if (!elf) {
      return { offered: false, reason: 'The file is not an ELF file, which Xen needs.', evidence: [] };
    }
    const guestType = guestTypeOf(elf);
    if (!guestType) {
      return {
        offered: false,
        reason: `The ELF file (class ${elf.class}, machine ${elf.machine}) is not for x86.`,
        evidence: [quoting.elf(elf, 'e_machine', `machine ${elf.machine}`)],
      };
    }
    const parms = xenDomParms(elf, layer.bytes);
    const verdict = xenPvVerdict(elf, parms);
    if ('refusal' in verdict) {
      const lost = lostNote(layer, elf, 'ENTRY') ?? lostNote(layer, elf, 'GUEST_OS');
      const reason = `Xen's libelf refuses it: ${verdict.refusal}.${lost ? ` ${lostText(lost)}` : ''}`;
      return {
        offered: false,
        reason,
        evidence: [...(lost ? [quoting.note(lost)] : []), ...proof(quoting, parms)],
      };
    }
    if (parms.virtEntry === undefined && parms.virtBase === undefined && parms.hypercallPage === undefined) {
      return {
        offered: false,
        reason:
          'Its Xen notes have none that a PV start needs (ENTRY, VIRT_BASE, HYPERCALL_PAGE): Linux without CONFIG_XEN_PV has such notes. Xen would load it and enter e_entry.',
        evidence: proof(quoting, parms),
      };
    }
    return offer(quoting, elf, parms, verdict.layout, guestType);
  },
};

function offer(quoting: Quoting, elf: Elf, parms: XenDomParms, layout: XenLayout, guestType: string): Claim {
  const where = parms.from === 'notes' ? 'Xen ELF notes' : 'a __xen_guest section';
  const entry = parms.virtEntry === undefined ? 'e_entry, there being no ENTRY' : 'ENTRY';
  return {
    offered: true,
    address: layout.entry,
    addressKind: 'virtual',
    reason: `The kernel describes itself in ${where}; it is entered at ${entry}, ${hex(layout.entry)}.`,
    evidence: [
      ...proof(quoting, parms),
      ...(parms.virtEntry === undefined
        ? [quoting.elf(elf, 'e_entry', `entry point ${hex(elf.entry)}`)]
        : []),
    ],
    facts: {
      'guest type': `${guestType}${elf.class === 32 && parms.pae !== 'no' ? 'p' : ''}`,
      'virtual addresses': `${hex(layout.kernelStart)}–${hex(layout.kernelEnd)}, base ${hex(layout.base)}`,
      'as domU': parms.features.required.includes('dom0') ? 'no: feature dom0 is required' : 'yes',
      'as dom0': dom0Text(elf, parms),
      'hypercall page': parms.hypercallPage === undefined ? 'none' : hex(parms.hypercallPage),
      'features required': parms.features.required.join(', ') || 'none',
      'features supported': parms.features.supported.join(', ') || 'none',
      'p2m list': parms.initP2m === undefined ? 'after the kernel' : `at ${hex(parms.initP2m)}`,
      initrd: xenNumber(parms.notes, 'MOD_START_PFN')
        ? 'not mapped, mod_start is a PFN'
        : 'mapped after the kernel',
      ...(elf.class === 32 ? { 'PAE mode': parms.pae } : {}),
    },
  };
}

/** initdom_check_parms: dom0 is refused only where SUPPORTED_FEATURES is there and lacks it; 32-bit needs PAE too. */
function dom0Text(elf: Elf, parms: XenDomParms): string {
  if (elf.class === 32 && parms.pae === 'no') return 'no: 32-bit without PAE';
  if (!xenNote(parms.notes, 'SUPPORTED_FEATURES')) return 'not stated (no SUPPORTED_FEATURES note)';
  return parms.features.supported.includes('dom0') ? 'yes' : 'no: SUPPORTED_FEATURES lacks dom0';
}

function guestTypeOf(elf: Elf): string | undefined {
  if (!elf.littleEndian) return undefined;
  if (elf.machine === elfMachine.EM_X86_64 && elf.class === 64) return 'xen-3.0-x86_64';
  return elf.machine === elfMachine.EM_386 && elf.class === 32 ? 'xen-3.0-x86_32' : undefined;
}

/** The notes that decide, or the section. */
function proof(quoting: Quoting, parms: XenDomParms): Evidence[] {
  const at = parms.guestSectionAt;
  if (at && parms.guestSection) {
    const words = parms.guestSection.pairs.map(([name, value]) => `${name}=${value}`).join(',');
    return [quoting.at(at.offset, at.size, `__xen_guest: "${words}"`, `${LIBELF}, elf_xen_parse_guest_info`)];
  }
  const names = ['ENTRY', 'VIRT_BASE', 'PADDR_OFFSET', 'HYPERCALL_PAGE', 'LOADER', 'GUEST_OS'] as const;
  return [...names, 'XEN_VERSION' as const, 'FEATURES' as const, 'SUPPORTED_FEATURES' as const]
    .map((name) => xenNote(parms.notes, name))
    .filter((note) => note !== undefined)
    .map((note) => quoting.note(note));
}
