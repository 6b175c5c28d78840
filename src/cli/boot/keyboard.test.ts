import { beforeEach, expect, test } from 'vitest';
import { EscapeKeys } from './keyboard.js';

let log: string[];
let keys: EscapeKeys;
const type = (text: string): void => keys.type(new TextEncoder().encode(text));
beforeEach(() => {
  log = [];
  keys = new EscapeKeys((bytes) => log.push(String.fromCharCode(...bytes)), {
    quit: () => log.push('QUIT'),
    help: () => log.push('HELP'),
  });
});

test('keys go to the guest, Ctrl-C among them', () => {
  type('ls\r\x03');
  expect(log).toEqual(['ls\r\x03']);
});

test('Ctrl-A x quits, also when the two come apart', () => {
  type('\x01');
  type('x');
  expect(log).toEqual(['QUIT']);
});

test('Ctrl-A twice sends one', () => {
  type('a\x01\x01b');
  expect(log).toEqual(['a\x01b']);
});

test('anything else behind Ctrl-A shows what there is', () => {
  type('\x01?x');
  expect(log).toEqual(['HELP', 'x']);
});
