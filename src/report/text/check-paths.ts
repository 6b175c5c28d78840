import { columnName } from '../../boot/column-name.js';
import { meeting } from '../../trace/before.js';
import type { CheckedImage, CheckedPath } from '../check.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { count } from './quantity.js';

/** The boots of an image: how each ended, how far it came, and how long it was to where all meet. */
export function checkPathsText({ paths }: CheckedImage, page: Page): string[] {
  const { style, width } = page;
  const rows = paths.map((path) => {
    const { verdict, problem } = path;
    const mark = problem !== null ? style.warn : verdict === 'failed' ? style.bad : style.good;
    const head = [cell(columnName(path)), cell(problem === null ? verdict : 'not judged', mark)];
    if (problem !== null) return [...head, cell(problem)];
    const length = toMeeting(path);
    return [...head, cell(howFar(path)), cell(length === '' ? '' : `${meeting} after ${length}`, style.dim)];
  });
  return section(page, 'Paths', undefined, columns(rows, { width }));
}

/** The last waypoint. */
export const howFar = ({ waypoints }: CheckedPath): string => waypoints.at(-1)?.name ?? '';

/** Instructions to `start_kernel`, where that was reached. */
export function toMeeting({ waypoints }: CheckedPath): string {
  const instruction = waypoints.find(({ name }) => name === meeting)?.instruction;
  if (instruction === undefined) return '';
  return instruction < 1e6 ? count(instruction) : `${count(Math.round(instruction / 1e5) / 10)} M`;
}
