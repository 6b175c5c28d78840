import { closeSync, fstatSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { CommandFailure } from './failure.js';

/** The bytes of an image and the name it is shown under. */
export interface Input {
  readonly name: string;
  readonly data: Uint8Array;
}

// A pipe has no size of its own; without a limit `zeropage inspect - </dev/zero` would take all memory.
const MAX_STREAM = 2 ** 30;
const CHUNK = 1 << 20;

/** Reads a whole file; `-` is standard input. */
export function readInput(path: string): Input {
  if (path === '-') return { name: 'standard input', data: readStream(0, 'standard input') };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw failureOf(error, path);
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) {
      throw new CommandFailure(
        'this is a directory',
        'name a kernel image in it, such as a vmlinuz file',
        path,
      );
    }
    const data = stat.isFile() ? readFileSync(fd) : readStream(fd, path);
    return { name: basename(path), data };
  } catch (error) {
    throw failureOf(error, path);
  } finally {
    closeSync(fd);
  }
}

/** Whether a path names a directory; what cannot be looked at does not, and says why when it is read. */
export const isDirectory = (path: string): boolean => path !== '-' && kindOf(path)?.isDirectory() === true;

/** Whether it names a file with bytes of its own, or a link to one. */
export const isFile = (path: string): boolean => kindOf(path)?.isFile() === true;

function kindOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function readStream(fd: number, what: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (true) {
    const chunk = new Uint8Array(CHUNK);
    const size = readSome(fd, chunk, what);
    if (size === 0) break;
    chunks.push(chunk.subarray(0, size));
    total += size;
    if (total > MAX_STREAM) {
      throw new CommandFailure('more than 1 GiB of input', 'this does not look like a kernel image', what);
    }
  }
  return Buffer.concat(chunks, total);
}

function readSome(fd: number, chunk: Uint8Array, what: string): number {
  // A terminal or a pipe that another process made non-blocking says EAGAIN instead of waiting.
  while (true) {
    try {
      return readSync(fd, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw failureOf(error, what);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

const reasons: Readonly<Record<string, readonly [message: string, hint?: string]>> = {
  ENOENT: ['no such file'],
  ENOTDIR: ['no such file', 'a part of the path is not a directory'],
  EACCES: [
    'permission denied',
    'kernel images in /boot are often readable by root only: copy it, or use sudo',
  ],
  EISDIR: ['this is a directory', 'name a kernel image in it, such as a vmlinuz file'],
  ELOOP: ['too many symbolic links'],
  ERR_FS_FILE_TOO_LARGE: ['the file is larger than 2 GiB', 'this does not look like a kernel image'],
};

function failureOf(error: unknown, subject: string): unknown {
  if (error instanceof CommandFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code) return error;
  const [text, hint] = reasons[code] ?? [message];
  return new CommandFailure(`cannot be read: ${text}`, hint, subject);
}
