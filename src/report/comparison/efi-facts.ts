import type { EntryId } from '../../entry/entry.js';
import type { EfiReport, Inspection, UkiReport } from '../inspection.js';
import type { Fact } from './fact.js';
import { always, detail, falls, loses, note, warning } from './weigh.js';

const started: readonly EntryId[] = ['efi', 'arm64-efi'];

/** What the PE headers tell a firmware. */
export function efiFacts({ efi }: Inspection, other: Inspection): Fact[] {
  if (!efi || !other.efi) {
    return [{ subject: 'PE image', value: efi !== null, weigh: note, entries: started }];
  }
  return [...abi(efi), ...addresses(efi)];
}

function abi(efi: EfiReport): Fact[] {
  const entries = started;
  const sbat = efi.sbat.map(({ component, generation }) => `${component},${generation}`);
  return [
    { subject: 'format', value: efi.format, weigh: warning, entries },
    { subject: 'machine', value: efi.machine, weigh: always('error'), entries },
    { subject: 'subsystem', value: efi.subsystem.value, weigh: always('error'), entries },
    { subject: 'nx_compat', value: efi.nxCompat, weigh: loses('warning', 'note'), entries },
    { subject: 'mixed_mode', value: efi.mixedMode, weigh: loses('error', 'warning'), entries },
    {
      subject: 'compat_entries',
      value: efi.compatEntries.map(({ machine }) => machine),
      weigh: loses('error', 'warning'),
      entries,
    },
    { subject: 'image_version', value: efi.imageVersion, weigh: falls('warning', 'note'), entries },
    { subject: 'linux_magic', value: efi.linuxMagic, weigh: loses('warning', 'note'), entries },
    { subject: 'signed', value: efi.signed, weigh: loses('warning', 'note'), entries },
    { subject: 'sbat', value: sbat, weigh: note },
    {
      subject: 'sections',
      value: efi.sections.map(({ name, rights }) => `${name} ${rights}`),
      weigh: note,
    },
  ];
}

function addresses(efi: EfiReport): Fact[] {
  return [
    { subject: 'entry', value: efi.entry, weigh: detail },
    { subject: 'image_base', value: efi.imageBase, weigh: detail },
    { subject: 'size_of_image', value: efi.sizeOfImage, weigh: detail },
    ...efi.compatEntries.map(({ machine, entry }) => ({
      subject: 'compat_entry',
      field: machine,
      value: entry,
      weigh: detail,
    })),
  ];
}

/** What a unified kernel image carries. */
export function ukiFacts({ uki }: Inspection, other: Inspection): Fact[] {
  if (!uki || !other.uki) {
    return [{ subject: 'unified kernel image', value: uki !== null, weigh: warning, entries: started }];
  }
  return carried(uki);
}

function carried(uki: UkiReport): Fact[] {
  return [
    { subject: 'cmdline', value: uki.commandLine, weigh: warning, entries: started },
    {
      subject: 'parts',
      value: uki.parts.map(({ name }) => name),
      weigh: loses('warning', 'note'),
      entries: started,
    },
    { subject: 'uname', value: uki.uname, weigh: note },
    { subject: 'stub', value: uki.stub, weigh: note },
    { subject: 'osrel', value: uki.osRelease, weigh: note },
    ...uki.parts.map(({ name, size }) => ({ subject: 'size', field: name, value: size, weigh: detail })),
  ];
}
