import type { EntryId } from '../../../src/entry/entry.js';
import { enteredBefore, meetingPoint } from '../../../src/trace/before.js';
import { isPlumbing } from '../../../src/trace/plumbing.js';
import type { Recording } from '../../../src/trace/recording.js';
import type { Way } from './qemu.js';
import type { RecordedPath } from './recorded.js';

/** The entry of ours that a way of QEMU's is set against; what OVMF and the EFI stub do ends where `linux64` begins. */
export const entryOf: Readonly<Record<Way, EntryId>> = {
  linux16: 'linux16',
  pvh: 'pvh',
  efi: 'linux64',
  'xen-pv': 'xen-pv',
};

/** How much more often QEMU enters functions on a way than we do, and why; `any`: that is another matter. */
const countsOfWays: Partial<Record<Way, Readonly<Record<string, number | 'any'>>>> = {
  // The EFI stub leaves hdr.version 0, so that x86_64_start_reservations copies boot_params, which x86_64_start_kernel has copied. linux64,
  // which it is set against, does so once.
  efi: {
    cc_platform_has: 2,
    copy_bootdata: 1,
    sme_active: 2,
    sme_map_bootdata: 1,
    'sanitize_boot_params.constprop.0': 1,
    sme_unmap_bootdata: 1,
  },
  'xen-pv': {
    // Real Xen's first domain. Its page tables are laid out so that only one page of them is free again, not three as in other domains
    // (arch/x86/xen/mmu_pv.c, xen_setup_kernel_pagetable, check_pt_base).
    clear_page_orig: -2,
    set_page_prot_flags: -2,
    pfn_pte: -2,
    xen_make_pte_init: -2,
    'pte_pfn_to_mfn.part.0': -2,
    xen_hypercall_pv: -2,
    // It has no page for a console (xen_reserve_special_pages).
    mfn_to_pfn: -1,
    memblock_reserve: -1,
    memblock_add_range: -1,
    memblock_insert_region: -1,
    memblock_merge_regions: -1,
    // Regions are put elsewhere in the list.
    memmove: 'any',
    __memmove: 'any',
    // Another processor has other leaves.
    xen_cpuid: 'any',
  },
};

/** What differs between a recording of ours and QEMU's, to `start_kernel`. */
export interface Agreement {
  readonly onlyOurs: readonly string[];
  readonly onlyQemu: readonly string[];
  /** Those both ran, when not in the same order: ours, then QEMU's. */
  readonly order: readonly [readonly string[], readonly string[]] | null;
  /** Of a function both ran, how often. */
  readonly counts: readonly { readonly name: string; readonly ours: number; readonly qemu: number }[];
  readonly instructions: readonly [ours: number, qemu: number];
}

export function agreement(recording: Recording, recorded: RecordedPath): Agreement {
  const theirs = new Map(
    recorded.functions
      .map((line) => line.split(' ') as [string, string])
      .filter(([name]) => name !== 'start_kernel' && !isPlumbing(name))
      .map(([name, count]) => [name, Number(count)]),
  );
  const ours = enteredBefore(recording);
  const counts = countsOf(recording);
  const both = ours.filter((name) => theirs.has(name));
  const order = [...theirs.keys()].filter((name) => ours.includes(name));
  const { treeSpan } = recording;
  return {
    onlyOurs: ours.filter((name) => !theirs.has(name)),
    onlyQemu: [...theirs.keys()].filter((name) => !ours.includes(name)),
    order: both.join() === order.join() ? null : [both, order],
    counts: both
      .filter((name) => counts.get(name) !== theirs.get(name))
      .map((name) => ({ name, ours: counts.get(name) ?? 0, qemu: theirs.get(name)! })),
    instructions: [meetingPoint(recording) - treeSpan!.first, recorded.instructions],
  };
}

/** What of that has no reason that is known, in sentences. */
export function unexpected({ onlyOurs, onlyQemu, order, counts }: Agreement, way: Way): string[] {
  const expected = countsOfWays[way] ?? {};
  const odd = counts.filter(
    ({ name, ours, qemu }) => expected[name] !== 'any' && qemu - ours !== (expected[name] ?? 0),
  );
  return [
    ...onlyOurs.map((name) => `${name} ran here alone`),
    ...onlyQemu.map((name) => `${name} ran in QEMU alone`),
    ...(order ? [`order: ${order[0].join(' ')} here, ${order[1].join(' ')} in QEMU`] : []),
    ...odd.map(({ name, ours, qemu }) => `${name} ran ${ours} times here, ${qemu} times in QEMU`),
  ];
}

/** How often each function was entered, by the tree of calls. */
function countsOf({ tree, functions }: Recording): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [node, row] of tree.function.entries()) {
    const name = functions.name[row]!;
    counts.set(name, (counts.get(name) ?? 0) + tree.count[node]!);
  }
  return counts;
}
