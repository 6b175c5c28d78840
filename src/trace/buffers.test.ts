import { expect, test } from 'vitest';
import { makeRecording } from '../../test/trace/recording.js';
import { buffersOf } from './buffers.js';

test('a recording can be handed over with the buffers of its columns, which nothing is left of here', () => {
  const made = (): ReturnType<typeof makeRecording> =>
    makeRecording({ functions: ['a', 'b'], ran: [['a', 3]], tree: [['a', -1, 0]] });
  const recording = made();
  const buffers = buffersOf(recording);
  expect(buffers).toHaveLength(28);
  const received = structuredClone(recording, { transfer: buffers });
  expect(received).toEqual(made());
  expect(recording.tree.first.length).toBe(0);
});

test('columns that share a buffer hand it over once', () => {
  const recording = makeRecording({ functions: ['a'], ran: [['a', 3]] });
  const { instruction } = recording.firstRuns;
  const shared = { ...recording, tree: { ...recording.tree, first: instruction } };
  expect(buffersOf(shared)).toHaveLength(27);
});
