import { expect, test } from 'vitest';
import { makeRecording } from '../../../test/trace/recording.js';
import { drcov } from './drcov.js';
import { folded } from './folded.js';

interface Module {
  readonly id: number;
  readonly base: bigint;
  readonly end: bigint;
  readonly path: string;
}

/** Reads a file by the format's rules, DynamoRIO's drcov version 2; throws where it breaks one. */
function parsed(file: Uint8Array): {
  modules: Module[];
  blocks: [start: number, size: number, module: number][];
} {
  const mark = new TextDecoder('latin1').decode(file);
  const [head, ...rest] = mark.split(/(?<=BB Table: \d+ bbs\n)/);
  const lines = head!.split('\n');
  expect(lines[0]).toBe('DRCOV VERSION: 2');
  expect(lines[1]).toMatch(/^DRCOV FLAVOR: \S+$/);
  const count = Number(/^Module Table: version 2, count (\d+)$/.exec(lines[2]!)![1]);
  expect(lines[3]).toBe('Columns: id, base, end, entry, path');
  const modules = lines.slice(4, 4 + count).map((line) => {
    const [, id, base, end, , path] = /^(\d+), (0x[\da-f]+), (0x[\da-f]+), (0x[\da-f]+), (.+)$/.exec(line)!;
    return { id: Number(id), base: BigInt(base!), end: BigInt(end!), path: path! };
  });
  expect(modules.map(({ id }) => id)).toEqual([...modules.keys()]);
  const blocks = Number(/^BB Table: (\d+) bbs$/.exec(lines[4 + count]!)![1]);
  expect(rest.join('').length).toBe(blocks * 8);
  const view = new DataView(file.buffer, file.byteOffset + head!.length);
  const table = Array.from({ length: blocks }, (_, i): [number, number, number] => [
    view.getUint32(8 * i, true),
    view.getUint16(8 * i + 4, true),
    view.getUint16(8 * i + 6, true),
  ]);
  for (const [start, size, id] of table) {
    const { base, end } = modules[id]!;
    expect(size).toBeGreaterThan(0);
    expect(base + BigInt(start + size) <= end).toBe(true);
  }
  return { modules, blocks: table };
}

const recording = makeRecording({
  functions: ['startup_64', 'start_kernel'],
  ran: [
    ['startup_64', 0, 4, 8],
    ['start_kernel', 7],
  ],
});

test('blocks lie in their modules, the kernel’s at their link-time addresses', () => {
  const { modules, blocks } = parsed(drcov.render(recording, {}) as Uint8Array);
  expect(modules[0]).toMatchObject({ base: 0xffffffff81000000n, path: 'vmlinuz' });
  expect(blocks).toEqual([
    [4, 8, 0],
    [16, 4, 0],
  ]);
});

test('a piece of code that is longer than the format’s 16 bits is several blocks', () => {
  const firstRuns = {
    ...recording.firstRuns,
    function: Uint32Array.of(1, 1),
    size: Uint32Array.of(200_000, 4),
  };
  const { blocks } = parsed(drcov.render({ ...recording, firstRuns }, {}) as Uint8Array);
  expect(blocks.filter(([, , id]) => id === 1).reduce((sum, [, size]) => sum + size, 0)).toBe(200_004);
});

test('folded stacks: semicolons part functions, and the instructions add up', () => {
  const made = makeRecording({
    functions: ['startup_64', 'early;odd', 'start_kernel'],
    tree: [
      ['startup_64', -1, 0],
      ['early;odd', 0, 1],
      ['start_kernel', 1, 2],
    ],
  });
  const text = folded.render(made, {}) as string;
  expect(text).toBe('startup_64 1\nstartup_64;early:odd 1\nstartup_64;early:odd;start_kernel 1\n');
  const sum = text
    .trim()
    .split('\n')
    .reduce((all, line) => all + Number(/^\S(?:.*\S)? (\d+)$/.exec(line)![1]), 0);
  expect(sum).toBe(made.tree.self.reduce((a, b) => a + b, 0));
});
