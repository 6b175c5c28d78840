import type { Path } from '../compare/path.js';
import type { Subject } from './subject.js';

/** A word as a shell takes it for one. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command that takes one path again. */
export function pathCommand(
  command: 'boot' | 'trace' | 'check',
  subject: Subject,
  path: Path,
  more: readonly string[] = [],
): string {
  const { entry, platform } = path.recording.boot;
  return commandLine(command, subject, [`--entry ${entry}`, `--platform ${platform}`, ...more]);
}

export function commandLine(command: string, { image, options }: Subject, words: readonly string[]): string {
  const own = words.some((word) => word.startsWith('--until '))
    ? options.replace(/ --until(=| )\S+/, '')
    : options;
  return `${['zeropage', command, quoted(image.file), ...words].join(' ')}${own}`;
}
