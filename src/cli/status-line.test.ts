import { expect, test } from 'vitest';
import { StatusLine } from './status-line.js';

/** What is written when something is said at these times, in milliseconds. */
function written(stream: { isTTY: boolean; columns?: number }, lines: boolean, ...times: number[]): string {
  let text = '';
  let clock = 0;
  const screen = { ...stream, write: (more: string) => (text += more) };
  const status = new StatusLine(lines, screen, () => clock);
  for (const time of times) {
    clock = time;
    status.show(`at ${time} ms`);
  }
  status.clear();
  return text;
}

test('on a terminal one line is written over and over, and wiped at the end', () => {
  expect(written({ isTTY: true }, true, 499, 500, 600)).toBe(
    '\r\u001b[Kat 500 ms\r\u001b[Kat 600 ms\r\u001b[K',
  );
});
test('no longer than the terminal is wide', () => {
  expect(written({ isTTY: true, columns: 5 }, false, 500)).toBe('\r\u001b[Kat 5\r\u001b[K');
});
test('elsewhere a line every ten seconds', () => {
  expect(written({ isTTY: false }, true, 9_999, 10_000, 19_999, 20_001)).toBe(
    'zeropage: at 10000 ms\nzeropage: at 20001 ms\n',
  );
});
test('elsewhere nothing where lines would be in the way', () => {
  expect(written({ isTTY: false }, false, 10_000, 20_000)).toBe('');
});
