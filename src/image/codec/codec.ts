import { ImageError } from '../../core/errors.js';

/** How much a decompressor may produce. */
export interface Limits {
  /** Bytes; one more than this is an ImageError. */
  readonly maxOutput: number;
  /** Bytes the output probably has; only a hint for the first allocation, never trusted. */
  readonly expectedSize?: number;
}

/** One compression format. Adding a format is one file that exports a Codec and one line in codecs.ts. */
export interface Codec {
  readonly id: string;
  /** The bytes every stream of this format starts with. */
  readonly magic: readonly number[];
  /**
   * Unpacks the stream at the start of `bytes`; what follows its end is ignored.
   * The result may be a view of a larger buffer.
   * Throws an ImageError when the stream is truncated or damaged or unpacks to more than `limits.maxOutput` bytes;
   * `offset` in it counts from the start of `bytes`.
   */
  decompress(bytes: Uint8Array, limits: Limits): Promise<Uint8Array>;
}

/** The output of a decompressor: grows by doubling, never past the limit. */
export class Output {
  /** The buffer; replaced when it grows. */
  bytes: Uint8Array;
  /** Bytes written so far. */
  length = 0;

  /** `what` is the format's name for messages, `inputSize` gives the first allocation when no hint does. */
  constructor(
    readonly what: string,
    readonly limits: Limits,
    inputSize: number,
  ) {
    this.bytes = allocate(what, Math.min(limits.maxOutput, limits.expectedSize || inputSize * 4));
  }

  /** Makes room for `total` bytes from the start and returns the buffer. */
  grow(total: number): Uint8Array {
    if (total <= this.bytes.length) return this.bytes;
    const { maxOutput } = this.limits;
    if (total > maxOutput) throw tooLarge(this.what, maxOutput);
    const larger = allocate(this.what, Math.min(maxOutput, Math.max(total, this.bytes.length * 2, 1 << 16)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    return larger;
  }

  /** Appends `data`. */
  push(data: Uint8Array): void {
    this.grow(this.length + data.length).set(data, this.length);
    this.length += data.length;
  }

  /** The bytes written so far, as a view. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function allocate(what: string, size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch {
    throw new ImageError(
      `${what}: no memory for ${size} bytes of output`,
      undefined,
      'set a lower output limit',
    );
  }
}

/** The error for a stream that holds more than the limit. */
export function tooLarge(what: string, maxOutput: number): ImageError {
  return new ImageError(
    `${what}: unpacks to more than the limit of ${maxOutput} bytes`,
    undefined,
    'raise the output limit if this file is trusted',
  );
}

/** The error for a stream that ends early; `offset` is where the input ended. */
export function truncated(what: string, offset: number): ImageError {
  return new ImageError(`${what}: the stream is truncated`, offset, 'the file is incomplete');
}

/** The error for a stream whose content is wrong. */
export function corrupt(what: string, reason: string, offset?: number): ImageError {
  return new ImageError(`${what}: the stream is corrupt: ${reason}`, offset);
}
