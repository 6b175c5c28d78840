import { expect, test } from 'vitest';
import { makeRecording } from '../../test/trace/recording.js';
import { isRecording, readRecording, writeRecording } from './file.js';

const recording = makeRecording({
  functions: ['startup_64', 'init:start_kernel'],
  ran: [
    ['startup_64', 0],
    ['start_kernel', 7],
  ],
  tree: [
    ['startup_64', -1, 0],
    ['start_kernel', 0, 1],
  ],
});

test('what was written is read again', async () => {
  const file = await writeRecording(recording);
  expect(isRecording(file)).toBe(true);
  expect(await readRecording(file)).toEqual(recording);
});

test('a file that ends early is refused, wherever it does', async () => {
  const file = await writeRecording(recording);
  for (const length of [8, 11, 12, 20, 40, file.length >> 1, file.length - 1]) {
    await expect(readRecording(file.subarray(0, length)), String(length)).rejects.toThrow(
      /cut off|truncated/,
    );
  }
});

test('another version is refused, and it is said which', async () => {
  const file = await writeRecording(recording);
  file[8] = 9;
  await expect(readRecording(file)).rejects.toThrow('of version 9, and version 5 is read');
});

test('a damaged byte is noticed', async () => {
  const file = await writeRecording(recording);
  for (let at = 30; at < file.length; at += 13) {
    const damaged = file.slice();
    damaged[at]! ^= 0x10;
    const read = await readRecording(damaged).catch((error: Error) => error);
    // Bits that fill up the last byte of a deflate stream mean nothing.
    if (read instanceof Error) expect(read.name, String(at)).toBe('ImageError');
    else expect(read, String(at)).toEqual(recording);
  }
});

test('a row that points nowhere is refused', async () => {
  const firstRuns = { ...recording.firstRuns, function: Uint32Array.of(0, 99) };
  const file = await writeRecording({ ...recording, firstRuns });
  await expect(readRecording(file)).rejects.toThrow('firstRuns.function');
  const parent = Int32Array.of(-1, 1);
  const looped = await writeRecording({ ...recording, tree: { ...recording.tree, parent } });
  await expect(readRecording(looped)).rejects.toThrow('tree.parent');
});

test('any other file is no recording', async () => {
  expect(isRecording(new Uint8Array(0))).toBe(false);
  await expect(readRecording(new TextEncoder().encode('MZ, and so on'))).rejects.toThrow('no recording');
});
