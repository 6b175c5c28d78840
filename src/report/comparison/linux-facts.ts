import type { EntryId } from '../../entry/entry.js';
import type { Inspection, LinuxReport } from '../inspection.js';
import type { Value } from './comparison.js';
import type { Fact, Weigh } from './fact.js';
import { detail, falls, loses, note, warning } from './weigh.js';

type Part = readonly [
  field: string,
  entries: readonly EntryId[],
  weigh: Weigh,
  value: (linux: LinuxReport) => Value,
];

const all: readonly EntryId[] = ['linux16', 'linux32', 'linux64', 'efi-handover'];
const later: readonly EntryId[] = ['linux32', 'linux64'];

/** What the setup header tells a loader, by the names of Documentation/arch/x86/boot.rst. */
const parts: readonly Part[] = [
  ['protocol', all, falls('error', 'warning'), ({ protocol }) => protocol],
  ['loadflags', ['linux16', 'linux32'], loses('error', 'warning'), ({ loadflags }) => loadflags],
  ['xloadflags', ['linux64', 'efi-handover'], loses('error', 'warning'), ({ xloadflags }) => xloadflags],
  ['relocatable_kernel', later, loses('error', 'warning'), ({ relocatable }) => relocatable],
  ['kernel_alignment', later, warning, ({ alignment }) => alignment],
  ['min_alignment', later, warning, ({ minAlignment }) => minAlignment],
  ['pref_address', later, warning, ({ preferredAddress }) => preferredAddress],
  // A loader that keeps less memory free than is needed breaks the kernel.
  ['init_size', later, falls('note', 'warning'), ({ initSize }) => initSize],
  ['initrd_addr_max', all, falls('warning', 'note'), ({ initrdMax }) => initrdMax],
  ['cmdline_size', all, falls('warning', 'note'), ({ cmdlineSize }) => cmdlineSize],
  ['hardware_subarch', later, warning, ({ hardwareSubarch }) => hardwareSubarch?.value ?? null],
  ['setup_type_max', later, falls('warning', 'note'), ({ setupTypeMax }) => setupTypeMax],
  ['code32_start', ['linux16', 'linux32'], warning, ({ header }) => header.code32_start ?? null],
  ['boot_flag', ['linux16', 'linux32'], warning, ({ header }) => header.boot_flag ?? null],
  ['kernel_version', [], detail, ({ versionString }) => versionString],
];

/** Header fields that are said otherwise. */
const said: readonly string[] = [...parts.map(([field]) => field), 'version', 'header'];

/** Where only one image has a setup header, that is all there is to say of it. */
export function linuxFacts({ linux }: Inspection, other: Inspection): Fact[] {
  if (!linux || !other.linux) {
    return [{ subject: 'setup header', value: linux !== null, weigh: loses('note', 'note'), entries: all }];
  }
  return [
    ...parts.map(([subject, entries, weigh, value]) => ({ subject, entries, weigh, value: value(linux) })),
    ...Object.entries(linux.header)
      .filter(([name]) => !said.includes(name))
      .map(([subject, value]) => ({ subject, value, weigh: rest[subject] ?? detail })),
  ];
}

/** Of the fields that remain, these are no addresses or sizes. */
const rest: Readonly<Record<string, Weigh>> = { type_of_loader: note, root_flags: note, vid_mode: note };
