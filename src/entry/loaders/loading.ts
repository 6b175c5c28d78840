import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';

/** What stops a loader, or what goes wrong after it: a clause without a full stop, and the bytes that decide. */
export interface Objection {
  /** 'refuses': it says so and stops; 'fails': it goes on, but the kernel does not run as it should. */
  readonly outcome: 'refuses' | 'fails';
  /** With the loader's own words in quotes where it has some. */
  readonly why: string;
  /** File offset and number of the bytes that decide. */
  readonly offset: number;
  readonly size: number;
}

/** What one loader does with one layer of an image through one entry. */
export interface Loading {
  /** Its name as a sentence begins with it, e.g. "QEMU". */
  readonly loader: string;
  readonly outcome: 'takes' | Objection['outcome'];
  /** Where it enters the kernel; physical. Undefined where it does not get that far. */
  readonly address?: bigint;
  readonly objection?: Objection;
  /** Where its rules stand. */
  readonly source: string;
}

/** A loader's rules on files with a header of a certain kind, in the order in which it looks. */
export interface LoaderRules<Header> {
  readonly loader: string;
  readonly source: string;
  readonly objections: readonly ((file: LoadedFile<Header>) => Objection | undefined)[];
  /** Where it enters what it takes; physical. */
  entry(file: LoadedFile<Header>): bigint | undefined;
}

/** A layer with the header that makes loaders take it, and the ELF file it may be as well. */
export interface LoadedFile<Header> {
  readonly layer: Image;
  readonly header: Header;
  readonly elf: Elf | undefined;
}

/** Applies a loader's rules. */
export function loadBy<Header>(rules: LoaderRules<Header>, file: LoadedFile<Header>): Loading {
  const { loader, source } = rules;
  for (const objects of rules.objections) {
    const objection = objects(file);
    if (objection) return { loader, source, outcome: objection.outcome, objection };
  }
  return { loader, source, outcome: 'takes', address: rules.entry(file) };
}

/** Who does what, in a few clauses: "QEMU refuses it: …; GRUB 2 takes it". */
export function loadingText(loadings: readonly Loading[]): string {
  return loadings
    .map(({ loader, outcome, objection }) => {
      if (!objection) return `${loader} takes it`;
      return outcome === 'refuses'
        ? `${loader} refuses it: ${objection.why}`
        : `${loader} takes it, but ${objection.why}`;
    })
    .join('; ');
}

/** Whether some loaders take what others do not. */
export function disagree(loadings: readonly Loading[]): boolean {
  return new Set(loadings.map(({ outcome }) => outcome === 'takes')).size > 1;
}
