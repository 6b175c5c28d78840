import { ImageError } from '../../core/errors.js';
import { GuestElf } from './guest-elf.js';
import { type LinkedInit, linkInitTables } from './init-section.js';
import { linkModule } from './op-module.js';
import { type LinkedOperations, linkOperations } from './op-sections.js';

/** A guest image whose tables are in order, or what is wrong with their declarations. */
export interface LinkResult {
  /** The image; undefined where there are problems. */
  readonly image?: Uint8Array;
  readonly init?: LinkedInit;
  readonly operations?: LinkedOperations;
  /** What the declarations lack or contradict; each names the chain. */
  readonly problems: readonly string[];
}

/**
 * Checks and sorts the tables of a linked guest, or of a boot module with operations: what `zeropage link` does. Linking twice
 * changes nothing. Throws ImageError for a file that is neither, or whose tables are broken rather than wrong.
 */
export function linkGuest(input: Uint8Array, name = 'image'): LinkResult {
  const file = new GuestElf(input, name);
  const module = linkModule(file);
  if (module) {
    const { image, operations, problems } = module;
    return { ...(problems.length === 0 && { image }), operations, problems };
  }
  const { init, problems: initProblems } = linkInitTables(file);
  const { operations, problems: operationProblems } = linkOperations(file);
  const problems = [...initProblems, ...operationProblems];
  if (!init && !operations && problems.length === 0) {
    throw new ImageError(
      'there are no tables in this file: nothing is declared',
      undefined,
      'declare them with include/zeropage/*.h, and keep the .zeropage.* sections in the linker script',
    );
  }
  return { ...(problems.length === 0 && { image: file.data }), init, operations, problems };
}
