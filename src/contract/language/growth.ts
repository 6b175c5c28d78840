import type { Path } from '../../compare/path.js';
import type { Against } from '../subject.js';
import { either, matching, type Shape, whole } from './shape.js';

/** How much more there may be: `5%` of what there was, or so many. */
export type Growth = number | string;

const percents = /^\d+(\.\d+)?\s*%$/;

export const growth: Shape = either(
  whole('So many more there may be.'),
  matching(percents, '5%', 'So much more there may be.'),
  (value) => typeof value === 'number',
  'How much more there may be than on the same path of the image of --against.',
);

/** The most that there may be where there was so much. */
export const most = (was: number, allowed: Growth): number =>
  typeof allowed === 'number' ? was + allowed : was + (was * Number.parseFloat(allowed)) / 100;

/** "212 (4.1%) more". */
export function more(was: number, value: number): string {
  const share = was === 0 ? '' : ` (${(((value - was) / was) * 100).toFixed(1)}%)`;
  return `${value - was}${share} more`;
}

/** The same path of the other image; why there is none to compare with, in a sentence's end. */
export function pathAgainst({ name, problem, paths }: Against, path: Path): Path | string {
  if (problem !== null) return `${name} cannot be booted: ${problem}`;
  const base = paths.find((other) => other.name === path.name);
  if (!base) return `${name} was not booted through ${path.name}`;
  const differs = (['commandLine', 'memory', 'cpu', 'subarch'] as const).find(
    (key) => base.recording.boot[key] !== path.recording.boot[key],
  );
  return differs === undefined ? base : `${name} was booted with another ${optionNames[differs]}`;
}

const optionNames = {
  commandLine: 'command line',
  memory: 'size of memory',
  cpu: 'processor',
  subarch: 'hardware_subarch',
} as const;
