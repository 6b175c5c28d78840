import { Bytes, hexBytes } from '../core/bytes.js';
import { hex, ImageError } from '../core/errors.js';
import { detect } from './codec/codecs.js';
import type { Problem } from './container/problem.js';
import { findFormats, formatNames } from './formats.js';
import { type Image, type Inner, layers } from './image.js';
import { guess } from './unrecognised.js';
import { findWrapped, isElf, type Wrapped } from './wrapped.js';

export interface OpenOptions {
  /** Name for messages, e.g. the file's path. */
  readonly name?: string;
  /** Unpack what the image wraps, true unless told; without it `inner` says only where it stands. */
  readonly unpack?: boolean;
  /** Most bytes that all layers together may unpack to, 1 GiB unless told. */
  readonly maxUnpacked?: number;
}

/** A compressed unified kernel image that holds a bzImage with its payload is the deepest known nesting. */
const MAX_DEPTH = 4;

/** Stated sizes steer the first allocation only where a kernel could have them. */
const MAX_RATIO = 64;

/**
 * Reads a kernel image and, unless told otherwise, what it wraps.
 * Throws ImageError when the file is of no known format or its headers are unreadable. A payload that
 * cannot be unpacked is no error: `inner.problem` says why. A compressed file without a kernel in it is one.
 */
export async function openImage(data: Uint8Array, options: OpenOptions = {}): Promise<Image> {
  const bytes = new Bytes(data, options.name ?? 'image');
  const { formats, errors } = findFormats(bytes);
  const wrapped = findWrapped(bytes, formats);
  if (!wrapped && Object.keys(formats).length === 0) throw errors[0] ?? unknownFormat(bytes);
  const budget: Budget = { unpack: options.unpack ?? true, left: options.maxUnpacked ?? 2 ** 30 };
  const inner = wrapped && (await openInner(bytes, wrapped, 1, budget));
  const image: Image = { name: bytes.what, bytes, formats, inner, problems: errors.map(asProblem) };
  if (budget.unpack && isOnlyCompressed(image)) throw nothingInside(image);
  return image;
}

/** True when no layer is of a known format: a compressed file, but no kernel in it. */
function isOnlyCompressed(image: Image): boolean {
  return layers(image).every((layer) => Object.keys(layer.formats).length === 0);
}

function nothingInside(image: Image): ImageError {
  const { inner } = layers(image)
    .filter((layer) => layer.inner)
    .at(-1)!;
  return new ImageError(`${image.name}: a ${inner!.codec} file, but no kernel: ${inner!.problem}`, 0);
}

interface Budget {
  readonly unpack: boolean;
  /** Bytes that may still be unpacked. */
  left: number;
}

async function openInner(outer: Bytes, wrapped: Wrapped, depth: number, budget: Budget): Promise<Inner> {
  const packed = outer.slice(wrapped.offset, wrapped.length);
  const codec = isStored(outer, wrapped) ? undefined : detect(packed);
  const inner: Inner = {
    ...wrapped,
    codec: codec?.id ?? (isStored(outer, wrapped) ? 'none' : 'unknown'),
  };
  if (!budget.unpack) return inner;
  if (inner.codec === 'unknown') {
    const problem = `no known compression: the ${wrapped.length} bytes at ${hex(wrapped.offset)} begin with ${hexBytes(packed, 8)}`;
    return { ...inner, problem };
  }
  if (depth > MAX_DEPTH) {
    return { ...inner, problem: `images nested more than ${MAX_DEPTH} deep are not unpacked` };
  }
  let data = packed;
  if (codec) {
    try {
      data = await codec.decompress(packed, {
        maxOutput: budget.left,
        expectedSize: plausible(wrapped.statedSize, Math.min(budget.left, packed.length * MAX_RATIO)),
      });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const at = error.offset === undefined ? '' : ` (file offset ${hex(wrapped.offset + error.offset)})`;
      return { ...inner, problem: `cannot be unpacked: ${error.message}${at}` };
    }
    budget.left -= data.length;
  }
  const bytes = new Bytes(data, `${outer.what}: ${titles[wrapped.how]}`);
  const { formats, errors } = findFormats(bytes);
  const next = findWrapped(bytes, formats);
  const image: Image = {
    name: bytes.what,
    bytes,
    formats,
    inner: next && (await openInner(bytes, next, depth + 1, budget)),
    problems: errors.map(asProblem),
  };
  const known = next !== undefined || Object.keys(formats).length > 0;
  const problem = known ? undefined : (errors[0]?.message ?? unknownFormat(bytes).message);
  return { ...inner, image, problem };
}

const titles: Record<Wrapped['how'], string> = {
  'bzimage-payload': 'payload',
  gzip: 'unpacked',
  compressed: 'unpacked',
  'efi-zboot': 'payload',
  uki: '.linux section',
  zeropage: 'wrapped image',
};

/** The kernel of a unified or wrapped image is stored as it is; a bzImage payload may be. */
function isStored(outer: Bytes, wrapped: Wrapped): boolean {
  return wrapped.how === 'uki' || wrapped.how === 'zeropage' || isElf(outer, wrapped.offset);
}

function plausible(size: number | undefined, most: number): number | undefined {
  return size !== undefined && size > 0 && size <= most ? size : undefined;
}

function asProblem(error: ImageError): Problem {
  return { offset: error.offset ?? 0, message: error.message };
}

function unknownFormat(bytes: Bytes): ImageError {
  const start = bytes.length === 0 ? 'it is empty' : `it begins with ${hexBytes(bytes.data, 16)}`;
  const seems = guess(bytes);
  return new ImageError(
    `${bytes.what}: no known kernel format (tried ${formatNames}, and compressed files): ${seems ? `it seems to be ${seems.what}` : start}`,
    0,
    seems?.advice ?? 'give a kernel file such as /boot/vmlinuz-*, vmlinux or xen-*.gz',
  );
}
