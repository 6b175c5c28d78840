import { type Image, layers, type Wrapping } from './image.js';

/** A layer that can be written to a file of its own. */
export interface NamedImage {
  /** Its place: 0 is the file itself. */
  readonly index: number;
  /** `image` for the file itself, else what it is to the layer around it: `payload`, `linux`, `unpacked`, `wrapped`. */
  readonly name: string;
  readonly image: Image;
}

const names: Readonly<Record<Wrapping, string>> = {
  'bzimage-payload': 'payload',
  'efi-zboot': 'payload',
  gzip: 'unpacked',
  compressed: 'unpacked',
  uki: 'linux',
  zeropage: 'wrapped',
};

/** Every layer of an image that could be unpacked, outermost first. */
export function extractable(image: Image): NamedImage[] {
  const all = layers(image);
  return all.map((layer, index) => ({
    index,
    name: index === 0 ? 'image' : names[all[index - 1]!.inner!.how],
    image: layer,
  }));
}

/** The layer of that name or number; of several of one name the outermost. */
export function findLayer(all: readonly NamedImage[], wanted: string): NamedImage | undefined {
  return all.find(({ name }) => name === wanted) ?? all.find(({ index }) => String(index) === wanted);
}
