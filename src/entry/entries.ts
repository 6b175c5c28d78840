import { orderedTable } from '../core/ordered-table.js';
import type { Image, Inner } from '../image/image.js';
import { arm64 } from './arm64.js';
import { arm64Efi } from './arm64-efi.js';
import { efi } from './efi.js';
import { efiHandover } from './efi-handover.js';
import type { Claim, EntryDefinition, Offer } from './entry.js';
import { linux16 } from './linux16.js';
import { linux32 } from './linux32.js';
import { linux64 } from './linux64.js';
import { multiboot } from './multiboot.js';
import { multiboot2 } from './multiboot2.js';
import { pvh } from './pvh.js';
import { unwrappings } from './unpackers.js';
import { xenPv } from './xen-pv.js';

/** Every entry this project knows; `EntryId` is made of their ids. */
export const table = [
  linux16,
  linux32,
  linux64,
  efi,
  efiHandover,
  pvh,
  xenPv,
  multiboot,
  multiboot2,
  arm64,
  arm64Efi,
] as const;

/** In the order in which reports list them. */
export const entries: readonly EntryDefinition[] = orderedTable<EntryDefinition>('entries', table);

/**
 * What the whole file says about every entry, offered or not, in the order of the table.
 * An entry of the file itself comes before the same entry of what it wraps.
 */
export function offers(image: Image): readonly Offer[] {
  let found = known.get(image);
  if (!found) known.set(image, (found = entries.map((entry) => offerOf(entry, image))));
  return found;
}

/** Whoever boots an image asks several times, and looking through a kernel takes a while. */
const known = new WeakMap<Image, readonly Offer[]>();

function offerOf(entry: EntryDefinition, image: Image): Offer {
  const own = entry.claim(image, 'image');
  if (own.offered) return { ...own, id: entry.id, via: 'image' };
  const denials: Denial[] = describes(image) ? [{ where: 'the file itself', claim: own }] : [];
  const path: Inner[] = [];
  for (let { inner } = image; inner; inner = inner.image?.inner) {
    path.push(inner);
    const { what, holds } = unwrappings[inner.how];
    if (!inner.image) {
      if (holds(entry)) return unknown(entry, denials, inner);
      break;
    }
    const claim = entry.claim(inner.image, 'payload');
    if (claim.offered) {
      return { ...claim, id: entry.id, via: 'payload', reason: `${claim.reason} ${need(entry, path)}` };
    }
    const telling = holds(entry) && (describes(inner.image) || !inner.image.inner);
    if (telling) denials.push({ where: what, claim });
  }
  // A wrapper of no format of its own, around something that cannot be this.
  if (denials.length === 0) denials.push({ where: 'the file itself', claim: own });
  return {
    offered: false,
    id: entry.id,
    via: null,
    reason: join(denials),
    evidence: denials.flatMap(({ claim }) => claim.evidence),
    ...byName(denials),
  };
}

/** How it can be entered all the same, by the outermost layer that can be. */
function byName(denials: readonly Denial[]): Pick<Claim, 'byName' | 'address' | 'addressKind'> {
  const claim = denials.find((denial) => denial.claim.byName)?.claim;
  return claim ? { byName: true, address: claim.address, addressKind: claim.addressKind } : {};
}

/** A layer that does not offer an entry, by its name. */
interface Denial {
  readonly where: string;
  readonly claim: Claim;
}

/** One layer's reason as it stands; several with the names of the layers they are about. */
function join(denials: readonly Denial[]): string {
  const reasons = [...new Set(denials.map(({ claim }) => claim.reason))];
  if (denials.length === 1) return reasons[0]!;
  const about = reasons.map((reason) => {
    const places = denials.filter(({ claim }) => claim.reason === reason).map(({ where }) => where);
    return `${capital(places.join(' and '))}: ${reason}`;
  });
  return about.join(' ');
}

/** False for a compressed file, of which nothing but its content matters. */
function describes(image: Image): boolean {
  return Object.keys(image.formats).length > 0;
}

function unknown(entry: EntryDefinition, denials: readonly Denial[], inner: Inner): Offer {
  const { what } = unwrappings[inner.how];
  const why = inner.problem ?? 'unpacking was not asked for';
  const known = denials.length === 0 ? '' : `${capital(denials[0]!.where)}: ${denials[0]!.claim.reason} `;
  return {
    offered: false,
    unknown: true,
    id: entry.id,
    via: null,
    reason: `${known}${capital(what)}: not known: the payload was not unpacked (${why}).`,
    evidence: denials.flatMap(({ claim }) => claim.evidence),
  };
}

/** Who can use an entry that lies behind all these wrappings. */
function need(entry: EntryDefinition, path: readonly Inner[]): string {
  const each = path.map((inner) => {
    const { what, loaders } = unwrappings[inner.how];
    return `Only loaders that unpack ${what} can use it: ${loaders(entry.id, inner)}`;
  });
  return each.join(' ');
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
