import type { Multiboot1Header } from '../../image/container/multiboot.js';
import type { Multiboot2Header } from '../../image/container/multiboot2.js';
import { findTag } from '../multiboot2-tags.js';
import { grubMultiboot } from './grub-multiboot.js';
import { grubMultiboot2 } from './grub-multiboot2.js';
import { type Decision, mistakes, refuses, takes } from './loader.js';
import { type LoadedFile, type Loading, loadBy } from './loading.js';
import { hasAddresses } from './multiboot-fields.js';
import { qemuMultiboot } from './qemu-multiboot.js';

/** What a loader's rules on Multiboot files come to. */
export function decisionOf({ outcome, objection }: Loading, taken: Decision): Decision {
  if (!objection) return taken;
  const { why } = objection;
  if (outcome === 'refuses') return refuses(`${why[0]!.toUpperCase()}${why.slice(1)}.`);
  return mistakes(`It takes the file, but ${why}.`);
}

function version1(rules: typeof qemuMultiboot, file: LoadedFile<Multiboot1Header>): Decision {
  const how = hasAddresses(file.header) ? 'the address fields of the header' : 'its ELF segments';
  return decisionOf(loadBy(rules, file), takes('multiboot', `Loaded by ${how}.`));
}

/** What QEMU does with a file whose Multiboot header it finds. */
export const qemuMultibootDecision = (file: LoadedFile<Multiboot1Header>): Decision =>
  version1(qemuMultiboot, file);

/** What GRUB's command `multiboot` does with a file that has a header. */
export const grubMultibootDecision = (file: LoadedFile<Multiboot1Header>): Decision =>
  version1(grubMultiboot, file);

/** The same of its command `multiboot2`. */
export function grubMultiboot2Decision(file: LoadedFile<Multiboot2Header>): Decision {
  const how = findTag(file.header, 'address') ? 'the address tag' : 'its ELF segments';
  return decisionOf(loadBy(grubMultiboot2, file), takes('multiboot2', `Loaded by ${how}.`));
}
