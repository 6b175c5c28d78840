import { hex } from '../../core/errors.js';
import type { Pe, PeSection } from '../../image/container/pe.js';
import type { EfiReport, SbatRow } from '../inspection.js';
import type { NamedLayer } from './layers.js';

const IA32 = 0x14c;
const NX_COMPAT = 0x100;

const subsystems: Readonly<Record<number, string>> = {
  10: 'EFI application',
  11: 'EFI boot service driver',
  12: 'EFI runtime driver',
  13: 'EFI ROM',
};

/** EFI facts of the outermost layer that is a PE image: that is the one firmware starts. */
export function efiReport(layers: readonly NamedLayer[]): EfiReport | null {
  const found = layers.find(({ image }) => image.formats.pe);
  if (!found) return null;
  const { bzimage } = found.image.formats;
  const pe = found.image.formats.pe!;
  const compatEntries = pe.compatEntries.map(({ machine, entry }) => ({
    machine: peMachineName(machine),
    entry: hex(entry),
  }));
  return {
    layer: found.name,
    format: pe.magic,
    machine: pe.machineName === 'unknown' ? hex(pe.machine) : pe.machineName,
    entry: hex(pe.entry),
    imageBase: hex(pe.imageBase),
    sizeOfImage: pe.sizeOfImage,
    subsystem: { value: pe.subsystem, name: subsystems[pe.subsystem] ?? 'unknown' },
    nxCompat: (pe.dllCharacteristics & NX_COMPAT) !== 0,
    imageVersion: `${pe.majorImageVersion}.${pe.minorImageVersion}`,
    linuxMagic: pe.linuxMagic,
    // Before .compat existed, both handover entries in one 64-bit kernel said the same.
    mixedMode:
      (pe.machineName === 'x86-64' && pe.compatEntries.some(({ machine }) => machine === IA32)) ||
      ['XLF_KERNEL_64', 'XLF_EFI_HANDOVER_32', 'XLF_EFI_HANDOVER_64'].every((flag) =>
        bzimage?.xloadflags.includes(flag),
      ),
    compatEntries,
    signed: pe.signed,
    signature: pe.certificates ?? null,
    sbat: sbatRows(pe),
    sections: pe.sections.map((section) => ({
      name: section.name,
      address: hex(section.virtualAddress),
      virtualSize: section.virtualSize,
      offset: section.offset,
      size: section.size,
      rights: rights(section),
    })),
  };
}

function peMachineName(machine: number): string {
  const names: Record<number, string> = { [IA32]: 'ia32', 34404: 'x86-64', 43620: 'arm64' };
  return names[machine] ?? hex(machine);
}

/** The CSV rows of .sbat (shim's SBAT.md); the first describes the format itself. */
function sbatRows(pe: Pe): SbatRow[] {
  return (pe.sbat ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [component = '', generation = '', vendor = '', name = '', version = '', ...url] = line.split(',');
      return { component, generation, vendor, package: name, version, url: url.join(',') };
    });
}

function rights({ characteristics }: PeSection): string {
  const letter = (bit: number, name: string): string => ((characteristics >>> bit) & 1 ? name : '-');
  return letter(30, 'r') + letter(31, 'w') + letter(29, 'x');
}
