import { expect, test } from 'vitest';
import type { PathSummary } from '../../compare/comparison.js';
import { joinPicture } from './join-picture.js';

function path(name: string, before: number, ...links: (readonly [string, number])[]): PathSummary {
  let at = before;
  const chain = links.map(([fn, instructions]) => {
    const link = { function: fn, kind: 'call', instruction: at, instructions };
    at += instructions;
    return link;
  });
  const waypoints = [{ name: 'entry', instruction: 0, time: 0 }];
  const prologue = before > 0 ? { modules: ['decompressor' as const], instructions: before } : null;
  return {
    path: name,
    image: '',
    entry: name,
    platform: 'bare',
    verdict: 'reached',
    waypoints,
    zeroPage: [],
    prologue,
    chain,
  };
}

test('lanes that are one kernel from the start, a stub before it, and a path that joins late', () => {
  const rest = [
    ['x86_64_start_kernel', 5543],
    ['x86_64_start_reservations', 38],
    ['start_kernel', 0],
  ] as const;
  const picture = joinPicture([
    path('linux64', 773_096_398, ['startup_64', 2186], ...rest),
    path('linux32', 773_000_000, ['startup_64', 2186], ...rest),
    path('pvh', 0, ['pvh_start_xen', 12_247], ['startup_64', 2186], ...rest),
    path('xen-pv', 0, ['xen_start_kernel', 124_836], ['x86_64_start_reservations', 120], ['start_kernel', 0]),
  ]);
  expect(picture.map((line) => line.replace(/ +/g, ' '))).toEqual([
    'linux64 (decompressor) 773 096 398 ─┐',
    'linux32 (decompressor) 773 000 000 ─┤',
    'pvh pvh_start_xen 12 247 ─┤',
    ' ▼',
    ' startup_64 2 186',
    ' x86_64_start_kernel 5 543 ───┐',
    'xen-pv xen_start_kernel 124 836 ───┤',
    ' ▼',
    ' x86_64_start_reservations 38–120',
    ' start_kernel',
  ]);
  for (const line of picture) expect(line.length).toBeLessThanOrEqual(100);
});

test('no lane, no picture', () => expect(joinPicture([])).toEqual([]));
