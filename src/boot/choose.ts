import { entries, offers } from '../entry/entries.js';
import type { Claim, EntryDefinition, EntryId } from '../entry/entry.js';
import { type Image, layers } from '../image/image.js';
import type { PlatformId } from '../platform/platform.js';

/** An entry that an image offers, or that was named and can be forced, and a machine can be started through. */
export interface Way {
  readonly definition: EntryDefinition & Required<Pick<EntryDefinition, 'start'>>;
  /** The image itself, or the one inside it that offers the entry. */
  readonly layer: Image;
  readonly claim: Claim;
  /** 'payload': a loader must unpack the image to use it, and so does the machine. */
  readonly via: 'image' | 'payload';
}

/** Why there is no way. */
export interface NoWay {
  readonly entry: EntryId | null;
  readonly via: 'image' | 'payload' | null;
  readonly verdict: 'not-offered' | 'not-supported';
  readonly reason: string;
}

/**
 * The way into an image through an entry, which may be one that is to be had by name only; without one named, the first in the
 * table that is offered and leads in, if there is one without firmware.
 */
export function chooseWay(image: Image, id?: EntryId): Way | NoWay {
  const all = offers(image);
  if (id === undefined) {
    const offered = all.filter((offer) => offer.offered);
    const bootable = offered.filter(({ id: each }) => definitionOf(each).start);
    const first = bootable.find(({ id: each }) => !definitionOf(each).firmware) ?? bootable[0];
    if (first) return chooseWay(image, first.id);
    if (offered.length === 0) {
      const reason = 'The image offers no entry that is known: zeropage inspect says why.';
      return { entry: null, via: null, verdict: 'not-offered', reason };
    }
    const ids = offered.map((offer) => offer.id).join(', ');
    const reason = `Of the entries that the image offers (${ids}) none can be booted yet.`;
    return { entry: null, via: null, verdict: 'not-supported', reason };
  }
  const offer = all.find((one) => one.id === id)!;
  if (!offer.offered && !offer.byName) {
    return { entry: id, via: null, verdict: 'not-offered', reason: offer.reason };
  }
  const definition = definitionOf(id);
  const { via } = offer;
  if (!hasStart(definition)) {
    const reason = `${definition.title}: the machine cannot be started through this entry yet.`;
    return { entry: id, via, verdict: 'not-supported', reason };
  }
  for (const [depth, layer] of layers(image).entries()) {
    const claim = definition.claim(layer, depth === 0 ? 'image' : 'payload');
    if (offer.offered ? !claim.offered : !claim.byName) continue;
    return { definition, layer, claim, via: depth === 0 ? 'image' : 'payload' };
  }
  throw new Error(`${id} is offered, but by no layer`);
}

/** Platforms that an entry can be taken on, the usual one first. */
export function platformsOf({ platforms = usualPlatforms }: EntryDefinition): readonly PlatformId[] {
  return platforms;
}

/** The platform that is under an entry when none is asked for. */
export function usualPlatform(definition: EntryDefinition): PlatformId {
  return platformsOf(definition)[0]!;
}

const usualPlatforms: readonly PlatformId[] = ['bare', 'kvm'];

function definitionOf(id: EntryId): EntryDefinition {
  const definition = entries.find((entry) => entry.id === id);
  if (!definition) throw new Error(`there is no entry '${id}'`);
  return definition;
}

function hasStart(definition: EntryDefinition): definition is Way['definition'] {
  return definition.start !== undefined;
}
