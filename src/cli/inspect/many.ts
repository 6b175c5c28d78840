import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ImageError } from '../../core/errors.js';
import type { EntryId } from '../../entry/entry.js';
import { type ImageTable, imageTable, type UnreadImage } from '../../report/image-table.js';
import type { Inspection } from '../../report/inspection.js';
import { imageTableText } from '../../report/text/image-table.js';
import { plural } from '../../report/text/quantity.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { type Input, isDirectory, isFile, readInput } from '../input.js';
import { print, printJson } from '../output.js';
import { inspectInput, pageFor, type ReadOptions } from './read.js';

interface ManyOptions extends Omit<ReadOptions, 'symbols' | 'types'> {
  readonly json?: boolean;
  readonly entry?: EntryId;
}

/** One table of all images and their entries; a directory stands for the kernel images in it. */
export async function inspectMany(paths: readonly string[], options: ManyOptions): Promise<void> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CommandFailure('several images are "-"', 'standard input can be read only once');
  }
  const images: (Inspection | UnreadImage)[] = [];
  for (const path of paths) {
    if (isDirectory(path)) images.push(...(await inDirectory(path, options)));
    else images.push(await read(path, readInput(path), options));
  }
  const table = imageTable(shortlyNamed(images), options.entry ? [options.entry] : []);
  process.exitCode = exitCode(table, options.entry);
  if (options.json) return printJson(table);
  await print(imageTableText(table, await pageFor({})));
}

/** Without their directories, where that leaves no two alike. */
function shortlyNamed(images: readonly (Inspection | UnreadImage)[]): (Inspection | UnreadImage)[] {
  const names = images.map(({ file }) => basename(file.name));
  return images.map((image, index) => {
    const name = names[index]!;
    const isUnique = names.indexOf(name) === names.lastIndexOf(name);
    return isUnique ? { ...image, file: { ...image.file, name } } : image;
  });
}

/** The images among the files of a directory, those below it not counted; how many files are none is said beside. */
async function inDirectory(path: string, options: ManyOptions): Promise<Inspection[]> {
  const files = readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter(isFile);
  const images: Inspection[] = [];
  let others = 0;
  for (const file of files) {
    const image = await read(file, readInput(file), options);
    if ('problem' in image) others++;
    else images.push(image);
  }
  if (images.length === 0) throw new CommandFailure('no kernel image in this directory', undefined, path);
  if (others > 0) {
    const are = others === 1 ? 'is no kernel image' : 'are no kernel images';
    process.stderr.write(`zeropage: ${path}: ${plural(others, 'file')} ${are}\n`);
  }
  return images;
}

async function read(path: string, input: Input, options: ManyOptions): Promise<Inspection | UnreadImage> {
  const name = path === '-' ? input.name : path;
  try {
    return await inspectInput(input, name, { ...options, symbols: false, types: false });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { file: { name, size: input.data.length }, problem: error.message };
  }
}

function exitCode({ images }: ImageTable, entry: EntryId | undefined): number {
  if (images.some(({ problem }) => problem !== null)) return EXIT.error;
  const isWrong = entry
    ? images.some(({ entries }) => entries!.some(({ offered }) => !offered))
    : images.some(({ findings }) => findings !== null && findings.error > 0);
  return isWrong ? EXIT.no : EXIT.ok;
}
