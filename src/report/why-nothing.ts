import { entries } from '../entry/entries.js';
import type { EntryId, Offer } from '../entry/entry.js';

/** Why nothing of an image was booted, in one sentence. */
export function whyNothing(offers: readonly Offer[], asked: readonly EntryId[] | undefined): string {
  const offered = offers.filter((offer) => offer.offered).map(({ id }) => id);
  if (offered.length === 0) return 'It offers no entry that is known: zeropage inspect says why.';
  const wanted = offered.filter((id) => asked?.includes(id) ?? true);
  const list = offered.join(', ');
  if (wanted.length === 0) return `It offers ${list}, and none of these was asked for.`;
  const bootable = wanted.filter((id) => entries.find((entry) => entry.id === id)?.start);
  return bootable.length > 0
    ? `${bootable.join(', ')} cannot be entered on the platforms that were asked for.`
    : `The machine cannot be started through what it offers yet: ${wanted.join(', ')}.`;
}
