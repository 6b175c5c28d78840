import { expect, test } from 'vitest';
import { makeRecording } from '../../test/trace/recording.js';
import { outlineOf } from './outline.js';

test('plumbing is left out and what it leads to kept; behind start_kernel what took no time is left out, too', () => {
  const recording = makeRecording({
    functions: ['startup_64', 'start_kernel', '__x86_indirect_thunk_rax', 'setup_arch', 'early', 'short'],
    waypoints: [{ name: 'start_kernel', instruction: 3, time: 3 }],
    tree: [
      ['startup_64', -1, 0],
      ['early', 0, 1],
      ['__x86_indirect_thunk_rax', 0, 1],
      ['start_kernel', 2, 2],
      ['setup_arch', 3, 1],
      ['short', 3, 1],
    ],
  });
  const total = Float64Array.of(1000, 0, 990, 990, 500, 0);
  const { nodes, parents } = outlineOf({ ...recording, tree: { ...recording.tree, total } });
  expect([nodes, parents]).toEqual([
    [0, 1, 3, 4],
    [-1, 0, 0, 2],
  ]);
});
