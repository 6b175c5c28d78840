import type { BootProgress } from '../boot/options.js';
import { ImageError, StartError } from '../core/errors.js';

/** The bytes of an image and the name it is shown under. */
export interface NamedImage {
  readonly name: string;
  readonly data: Uint8Array;
}

/** An image as a worker gets it: a path that it can read, or the bytes. */
export interface ImageSource {
  readonly index: number;
  readonly source: string | NamedImage;
}

/** What a worker is asked to do with an image; what others wait for is of kind 'open'. */
export interface Task extends ImageSource {
  readonly kind: string;
}

/** What a worker says of work that it has done. */
export interface Answer {
  readonly kind: string;
}

/** The image could not be read or not be booted as asked, or zeropage failed. */
export interface Failed {
  readonly kind: 'failed';
  readonly message: string;
  readonly hint?: string;
  /** In the image, in bytes. */
  readonly offset?: number;
  /** The fault is zeropage's. */
  readonly internal: boolean;
}

/** What a worker says while it works. */
export interface Progressing {
  readonly kind: 'progress';
  readonly progress: BootProgress;
}

/** A task, and what is done with its answers. */
export interface Job<T extends Task, A extends Answer> {
  readonly task: T;
  /** Also called for a worker that died. */
  done(answer: A | Failed): void;
  progress?(progress: BootProgress): void;
}

/** Has jobs done: by threads of Node, by workers of a browser, or one after the other. */
export interface Pool<T extends Task, A extends Answer> {
  add(job: Job<T, A>): void;
  /** Resolves when no job is left, also none that others added, or after `stop`. */
  run(): Promise<void>;
  /** Gives up what is under way and what waits. */
  stop(): void;
}

/** What was thrown while a task was done. */
export function failureOf(error: unknown): Failed {
  const kind = 'failed';
  if (error instanceof ImageError) {
    const { message, hint, offset } = error;
    return { kind, message, hint, offset, internal: false };
  }
  if (error instanceof StartError) return { kind, message: error.message, hint: error.hint, internal: false };
  return { kind, message: error instanceof Error ? error.message : String(error), internal: true };
}

/** Why it failed, in a line. */
export const failureText = ({ message, internal }: Failed): string =>
  internal ? `internal error: ${message}` : message;
