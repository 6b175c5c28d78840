import { expect, test } from 'vitest';
import type { PathSummary } from '../../compare/comparison.js';
import { flowOf } from './flow.js';

/** A path by its chain of functions; a first one in brackets ran before the kernel. */
function path(name: string, chain: string | null): PathSummary {
  const [first, ...rest] = chain?.split(' ') ?? [];
  const isPrologue = first?.startsWith('(') === true;
  const links = (isPrologue ? rest : chain?.split(' '))?.map((each, i) => ({
    function: each,
    kind: 'call',
    instruction: i,
    instructions: name.length,
  }));
  return {
    path: name,
    image: 'vmlinuz',
    entry: name,
    platform: 'bare',
    verdict: 'reached',
    waypoints: [],
    zeroPage: [],
    prologue: isPrologue ? { modules: ['decompressor'], instructions: 9 } : null,
    chain: links ?? null,
  };
}

const shape = (...paths: PathSummary[]) => {
  const { lanes, stops } = flowOf(paths);
  return {
    lanes: lanes.map((lane) => `${lane.path.path} ${lane.row} ${lane.first?.name ?? '-'}`),
    stops: Object.fromEntries(
      stops.map((stop) => [`${stop.name} of ${stop.paths.join('+')}`, `${stop.column},${stop.row}`]),
    ),
  };
};

test('common ends are drawn once; what is one path’s own begins on the left', () => {
  expect(shape(path('a', '() s k e'), path('pvh', 'p s k e'), path('xen', 'x k e'))).toEqual({
    lanes: ['a 0 decompressor', 'pvh 1 p', 'xen 2 x'],
    stops: {
      'decompressor of a': '0,0',
      'p of pvh': '0,1',
      'x of xen': '0,2',
      's of a+pvh': '1,0',
      'k of a+pvh+xen': '2,0',
      'e of a+pvh+xen': '3,0',
    },
  });
});

test('the same code before the kernel is not common: each path ran it for itself', () => {
  const { stops } = flowOf([path('a', '() e'), path('b', '() e')]);
  expect(stops.filter(({ isPrologue }) => isPrologue)).toHaveLength(2);
});

test('a path that begins where another goes through, and one that is another’s twin', () => {
  const { lanes } = shape(path('long', 'p s e'), path('short', 's e'), path('twin', 's e'));
  expect(lanes).toEqual(['long 0 p', 'short 1 s', 'twin 2 s']);
});

test('no two lines cross: what joins earlier stands nearer to the stream', () => {
  const { lanes } = flowOf([
    path('late', 'l e'),
    path('a', 'a s k e'),
    path('b', 'b s k e'),
    path('c', 'c k e'),
  ]);
  expect(lanes.map((lane) => lane.path.path)).toEqual(['a', 'b', 'c', 'late']);
});

test('instructions of a common stop: the least and the most', () => {
  const { stops } = flowOf([path('a', 's e'), path('long', 's e')]);
  expect([stops.at(-1)!.least, stops.at(-1)!.most]).toEqual([1, 4]);
});

test('a path that got nowhere has a lane and no stop', () => {
  expect(shape(path('a', 's e'), path('dead', null)).lanes).toEqual(['a 0 s', 'dead 1 -']);
  expect(flowOf([path('dead', null)])).toMatchObject({ stops: [], columns: 0 });
});
