import type { Bytes } from '../../core/bytes.js';
import { type Pe, peSectionBytes, sectionText } from './pe.js';

/** A part of a file, in bytes. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A unified kernel image: an EFI stub with a kernel and what it needs in its sections (UAPI.5). */
export interface Uki {
  /** The kernel, section .linux. */
  readonly linux: Place;
  readonly initrd?: Place;
  /** Command line, section .cmdline. */
  readonly cmdline?: string;
  /** os-release text, section .osrel. */
  readonly osRelease?: string;
  /** Kernel release, section .uname. */
  readonly uname?: string;
  /** What the stub calls itself, section .sdmagic. */
  readonly stub?: string;
}

const MAX_TEXT = 0x10000;

/** What a PE holds as a unified kernel image; undefined when it has no .linux section. */
export function parseUki(bytes: Bytes, pe: Pe): Uki | undefined {
  const linux = peSectionBytes(bytes, pe.sections, '.linux');
  if (!linux) return undefined;
  const text = (name: string) => sectionText(bytes, pe.sections, name, MAX_TEXT)?.trim();
  return {
    linux,
    initrd: peSectionBytes(bytes, pe.sections, '.initrd'),
    cmdline: text('.cmdline'),
    osRelease: text('.osrel'),
    uname: text('.uname'),
    stub: text('.sdmagic'),
  };
}
