import type { Image } from '../image/image.js';
import { entries, offers } from './entries.js';
import type { EntryId } from './entry.js';
import { grubFileChecks } from './grub-file.js';

/**
 * Every question `zeropage file` answers: grub-file's, by GRUB's rules, and one for each entry that grub-file has no
 * question of that name for, by this project's. The latter are answered yes whichever layer offers the entry, as
 * grub-file's Xen questions are.
 */
export const fileChecks: Readonly<Record<string, (image: Image) => boolean>> = {
  ...Object.fromEntries(entries.map(({ id }) => [checkName(id), (image: Image) => isOffered(image, id)])),
  ...grubFileChecks,
};

/** The question about an entry, in grub-file's style: `is-x86-pvh`, `is-arm64`. */
function checkName(id: EntryId): string {
  return id.startsWith('arm64') ? `is-${id}` : `is-x86-${id}`;
}

function isOffered(image: Image, id: EntryId): boolean {
  return offers(image).some((offer) => offer.id === id && offer.offered);
}
