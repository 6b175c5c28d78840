import { offers } from '../src/entry/entries.js';
import type { EntryId, Offer } from '../src/entry/entry.js';
import { layers } from '../src/image/image.js';
import { type OpenOptions, openImage } from '../src/image/open.js';

/** What an image says about one entry. */
export async function offerOf(data: Uint8Array, id: EntryId, options: OpenOptions = {}): Promise<Offer> {
  return offers(await openImage(data, options)).find((offer) => offer.id === id)!;
}

/** The ids of all entries an image offers, in the table's order. */
export async function offered(data: Uint8Array, options: OpenOptions = {}): Promise<EntryId[]> {
  const all = offers(await openImage(data, options));
  return all.filter((offer) => offer.offered).map(({ id }) => id);
}

/** The meanings of evidence whose quoted bytes are not in the file where it says; empty when all are. */
export async function misquotes(data: Uint8Array, options: OpenOptions = {}): Promise<string[]> {
  const image = await openImage(data, options);
  const texts = layers(image).map(({ bytes }) => bytes.data);
  const hexAt = (bytes: Uint8Array, offset: number, size: number): string =>
    Buffer.from(bytes.subarray(offset, offset + size)).toString('hex');
  return offers(image).flatMap(({ id, evidence }) =>
    evidence
      .filter(({ layer, offset, bytes }) => {
        const quoted = bytes.replace(/ …$/, '').replaceAll(' ', '');
        const places = layer === 'image' ? texts.slice(0, 1) : texts.slice(1);
        return !places.some((text) => hexAt(text, offset, quoted.length / 2) === quoted);
      })
      .map(({ meaning }) => `${id}: ${meaning}`),
  );
}
