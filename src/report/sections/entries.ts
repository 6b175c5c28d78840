import { hex } from '../../core/errors.js';
import { entries } from '../../entry/entries.js';
import type { Offer } from '../../entry/entry.js';
import type { EntryReport } from '../inspection.js';

/** Every entry of the table, offered or not, in the table's order. */
export function entryReports(offers: readonly Offer[]): EntryReport[] {
  return entries.map(({ id, title, state }) => {
    const offer = offers.find((candidate) => candidate.id === id)!;
    return {
      id,
      title,
      offered: offer.unknown ? null : offer.offered,
      via: offer.via,
      address: offer.address === undefined ? null : hex(offer.address),
      addressKind: offer.addressKind ?? null,
      reason: offer.reason,
      byName: offer.byName ?? false,
      evidence: offer.evidence,
      facts: offer.facts ?? {},
      state,
    };
  });
}
