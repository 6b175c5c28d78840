/**
 * An input that cannot be read, as opposed to a fault of ours.
 * `offset` is the byte offset in the file or stream under inspection; `hint` says what the user can do.
 * The command line prints both and exits with code 2.
 */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  constructor(
    message: string,
    readonly offset?: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/**
 * A boot that cannot start the way it was asked for: too little memory, an initrd that does not fit, an unknown waypoint.
 * `hint` says what the user can do.
 */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** `0x`-prefixed lower-case hexadecimal, the form every address and offset is shown in. */
export function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
