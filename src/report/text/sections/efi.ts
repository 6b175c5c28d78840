import { hex } from '../../../core/errors.js';
import type { EfiReport, Inspection } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { facts, LABEL_WIDTH, type Page, section } from '../page.js';
import { bytes } from '../quantity.js';

/** What UEFI firmware and Secure Boot look at. */
export function efiText({ efi }: Inspection, page: Page): string[] {
  if (!efi) return [];
  const lines = facts(page, [
    ['subsystem', `${efi.subsystem.value} (${efi.subsystem.name})`],
    ['entry', `RVA ${efi.entry}, image ${bytes(efi.sizeOfImage)}`],
    ['mixed mode', efi.machine === 'x86-64' && mixedMode(efi)],
    ['Secure Boot', signature(efi)],
    ['SBAT', sbat(efi)],
    ['NX_COMPAT', efi.nxCompat ? 'yes' : 'no'],
    ['EFI stub', efi.linuxMagic && `version ${efi.imageVersion}`],
  ]);
  return section(page, 'EFI', `${efi.format} ${efi.machine}`, [
    ...lines,
    ...(page.verbose ? sections(efi, page) : []),
  ]);
}

function mixedMode({ mixedMode, compatEntries }: EfiReport): string {
  if (!mixedMode) return 'no';
  const entries = compatEntries.map(({ machine, entry }) => `${machine} entry RVA ${entry}`);
  return ['yes', ...entries].join(', ');
}

function signature({ signed, signature: place }: EfiReport): string {
  if (!signed) return 'not signed';
  return `signed${place ? `, ${bytes(place.size)} of certificates at ${hex(place.offset)}` : ''} (validity not checked)`;
}

function sbat({ sbat }: EfiReport): string {
  return sbat.length === 0
    ? 'none'
    : sbat.map(({ component, generation }) => `${component} ${generation}`).join(', ');
}

function sections({ sections }: EfiReport, { style, width }: Page): string[] {
  const rows = sections.map(({ name, address, virtualSize, offset, size, rights }) => [
    cell(name, style.dim),
    cell(rights),
    cell(`RVA ${address}`),
    cell(bytes(virtualSize)),
    cell(`file ${hex(offset)}, ${bytes(size)}`),
  ]);
  return columns(rows, { width, least: [LABEL_WIDTH] });
}
