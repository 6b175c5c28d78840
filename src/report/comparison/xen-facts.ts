import type { EntryId } from '../../entry/entry.js';
import type { Inspection, XenNoteReport } from '../inspection.js';
import type { Value } from './comparison.js';
import type { Fact, Weigh } from './fact.js';
import { loses, moves, note, warning } from './weigh.js';

const pv: readonly EntryId[] = ['xen-pv'];

/** Notes with an address in them; what else they say is said by entries. */
const addresses: readonly string[] = ['ENTRY', 'HYPERCALL_PAGE', 'PHYS32_ENTRY'];
/** Their features are said one by one. */
const features: readonly string[] = ['FEATURES', 'SUPPORTED_FEATURES'];

/** What the notes for Xen tell it, or a monitor that looks for PVH. */
export function xenFacts({ xen }: Inspection, other: Inspection): Fact[] {
  if (!xen || !other.xen) return [];
  const { supported, required, unknown } = xen.features;
  return [
    { subject: 'from', value: xen.from, weigh: warning, entries: pv },
    { subject: 'required features', value: required, weigh: gains, entries: pv },
    { subject: 'supported features', value: supported, weigh: loses('warning', 'note'), entries: pv },
    { subject: 'unknown features', value: unknown, weigh: note },
    ...xen.notes.filter(({ name }) => !features.includes(name)).map(noteFact),
    ...xen.guestSection.map(({ name, value }) => ({
      subject: '__xen_guest',
      field: name,
      value,
      weigh: warning,
      entries: pv,
    })),
  ];
}

function noteFact({ name, value }: XenNoteReport): Fact {
  return {
    subject: name,
    value: value as Value,
    weigh: addresses.includes(name) ? moves('warning') : name === 'GUEST_VERSION' ? note : warning,
    entries: name.startsWith('PHYS32_') ? ['pvh'] : pv,
  };
}

/** Whoever does not have what is newly required cannot run the kernel. */
const gains: Weigh = (a, b) => (loses('error', 'note')(b, a) === 'error' ? 'error' : 'note');
