import { expect, test } from 'vitest';
import { Progress } from './progress.js';

/** What is written when phases begin at these times, in milliseconds. */
function written(isTTY: boolean, ...times: number[]): string {
  let text = '';
  let clock = 0;
  const stream = { isTTY, write: (more: string) => (text += more) };
  const progress = new Progress(stream, () => clock);
  times.forEach((time, phase) => {
    clock = time;
    progress.phase(`phase ${phase}`);
  });
  progress.done();
  return text;
}

test('a quick command is silent', () => expect(written(true, 0, 1999)).toBe(''));
test('a slow one says what it does, and wipes it at the end', () => {
  expect(written(true, 0, 3100)).toBe('\r\u001b[Kphase 1 … 3 s\r\u001b[K');
});
test('never into a file', () => expect(written(false, 0, 9000)).toBe(''));
