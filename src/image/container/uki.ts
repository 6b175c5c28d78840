import type { Bytes } from '../../core/bytes.js';
import { type Pe, type PeSection, sectionPlace, sectionText } from './pe.js';

/** A part of a file, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** What the sections of a unified kernel image hold (UAPI.5, "UKI Components"; systemd-stub(7)). */
export const ukiSections: Readonly<Record<string, string>> = {
  '.linux': 'kernel',
  '.osrel': 'os-release',
  '.cmdline': 'command line',
  '.initrd': 'initrd',
  '.efifw': 'firmware',
  '.ucode': 'microcode',
  '.splash': 'splash screen',
  '.dtb': 'devicetree',
  '.dtbauto': 'devicetree by hardware',
  '.hwids': 'hardware ids',
  '.uname': 'kernel release',
  '.sbat': 'SBAT',
  '.pcrsig': 'PCR signatures',
  '.pcrpkey': 'PCR public key',
  '.profile': 'profile',
};

/** One section that a stub looks for. */
export interface UkiPart extends Place {
  readonly name: string;
}

/** A unified kernel image: an EFI stub with a kernel and what it needs in its sections (UAPI.5). */
export interface Uki {
  /** The kernel, section .linux. */
  readonly linux: Place;
  /** Section .initrd. */
  readonly initrd?: Place;
  /** Section .ucode: an initrd that goes before the other. */
  readonly microcode?: Place;
  /** Command line, section .cmdline, as the stub hands it on: control characters are spaces. */
  readonly cmdline?: string;
  /** os-release text, section .osrel. */
  readonly osRelease?: string;
  /** Kernel release, section .uname. */
  readonly uname?: string;
  /** What the stub calls itself, section .sdmagic. */
  readonly stub?: string;
  /** Everything it carries, in the order of the section table. */
  readonly parts: readonly UkiPart[];
}

const MAX_TEXT = 0x10000;
const MAX_PARTS = 256;

/**
 * What a PE holds as a unified kernel image; undefined when it has no .linux section. Of one with several profiles it is what a
 * stub takes that is told nothing: the first profile's sections, else those before it.
 */
export function parseUki(bytes: Bytes, pe: Pe): Uki | undefined {
  const sections = defaultProfile(pe.sections);
  const linux = placeOf(bytes, sections, '.linux');
  if (!linux) return undefined;
  const text = (name: string) => textOf(bytes, sections, name);
  return {
    linux,
    initrd: carried(bytes, sections, '.initrd'),
    microcode: carried(bytes, sections, '.ucode'),
    cmdline: text('.cmdline') && withSpaces(text('.cmdline')!),
    osRelease: text('.osrel')?.trim(),
    uname: text('.uname')?.trim(),
    stub: sectionText(bytes, pe.sections, '.sdmagic', MAX_TEXT)?.trim(),
    parts: pe.sections
      .filter(({ name }) => name in ukiSections)
      .slice(0, MAX_PARTS)
      .flatMap((section) => {
        const place = sectionPlace(bytes, section);
        return place ? [{ name: section.name, ...place }] : [];
      }),
  };
}

/** The sections in the order in which a name is looked up: the first of a name counts. */
function defaultProfile(sections: readonly PeSection[]): readonly PeSection[] {
  const first = sections.findIndex(({ name }) => name === '.profile');
  if (first === -1) return sections;
  const next = sections.findIndex(({ name }, index) => index > first && name === '.profile');
  return [...sections.slice(first, next === -1 ? undefined : next), ...sections.slice(0, first)];
}

function placeOf(bytes: Bytes, sections: readonly PeSection[], name: string): Place | undefined {
  const section = sections.find((candidate) => candidate.name === name);
  return section && sectionPlace(bytes, section);
}

/** systemd-stub goes by VirtualSize: with 0 a section is not there. */
function carried(bytes: Bytes, sections: readonly PeSection[], name: string): Place | undefined {
  const present = sections.filter(({ virtualSize }) => virtualSize > 0);
  const place = placeOf(bytes, present, name);
  return place?.length ? place : undefined;
}

/** Up to the first NUL, UTF-8. */
function textOf(bytes: Bytes, sections: readonly PeSection[], name: string): string | undefined {
  const place = carried(bytes, sections, name);
  if (!place) return undefined;
  const data = bytes.slice(place.offset, Math.min(place.length, MAX_TEXT));
  const nul = data.indexOf(0);
  return new TextDecoder().decode(nul === -1 ? data : data.subarray(0, nul));
}

/** A command line as the stub hands it on: blanks for control characters, none around it. */
function withSpaces(text: string): string {
  return Array.from(text, (char) => (char < ' ' ? ' ' : char))
    .join('')
    .trim();
}
