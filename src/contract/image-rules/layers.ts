import { type Image, layers } from '../../image/image.js';

/** One layer of an image and the name findings give it: the file itself, or what is packed inside it. */
export interface NamedLayer {
  readonly layer: Image;
  readonly name: 'image' | 'payload';
  /** The layer around it. */
  readonly outer?: Image;
}

/** The layers of an image with their names, outermost first. */
export function namedLayers(image: Image): NamedLayer[] {
  return layers(image).map((layer, i, all) => ({
    layer,
    name: i === 0 ? 'image' : 'payload',
    outer: all[i - 1],
  }));
}
