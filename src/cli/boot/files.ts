import { existsSync, statSync } from 'node:fs';
import type { GivenModule } from '../../entry/start/start.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';

/** The bytes of an initrd. */
export function readInitrd(path: string): Uint8Array {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandFailure(
      'this is a directory, and an initrd is a cpio archive',
      `to make one: (cd ${path} && find . | cpio -o -H newc) >initrd.cpio`,
      path,
    );
  }
  return readInput(path).data;
}

/** A module from `FILE[ ARGS]`: the string it is handed over with is ARGS, as GRUB 2 has it. */
export function readModule(text: string): GivenModule {
  // A file's name may have spaces in it.
  const [, path = text, string = ''] = existsSync(text) ? [] : (/^(\S+)\s*(.*)$/s.exec(text) ?? []);
  return { data: readInput(path).data, string };
}
