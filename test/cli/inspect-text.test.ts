import { describe, expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';
import { fileIds } from '../../tools/corpus/packages.js';
import { craftBzImage } from '../craft/bzimage.js';
import { corpusTest } from '../outside.js';
import { scratch, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const file = scratch();
const image = file('vmlinuz', packedKernel());
const colour = '\u001b[';

function textOf(path: string, env: Record<string, string> = {}, ...options: string[]): string {
  const { code, stdout, stderr } = zeropage(['inspect', ...options, path], { env });
  // What is crafted here has no code at its 64-bit entry: an error, where it is looked for.
  const hasErrors = /Findings.*\d errors?/.test(stdout);
  expect({ code, stderr }).toEqual({ code: hasErrors ? 1 : 0, stderr: '' });
  return stdout;
}

/** Lines wider than a terminal, other than those of one long word. */
function tooWide(text: string, width: number): string[] {
  return text.split('\n').filter((line) => line.length > width && line.trim().includes(' '));
}

describe('corpus', () => {
  for (const id of fileIds()) {
    corpusTest('names every entry and fits 80 columns', id, [], ({ path }) => {
      const text = textOf(path, { COLUMNS: '80' });
      for (const entry of entries) expect(text).toMatch(new RegExp(`^ {2}[✓–] {2}${entry.id} `, 'm'));
      expect(tooWide(text, 80)).toEqual([]);
      expect(text).not.toMatch(/undefined|null|NaN|\[object|[ \t]$/m);
    });
  }

  corpusTest('-v shows what --json has', 'debian-13-cloud-amd64', [], ({ path }) => {
    const text = textOf(path, {}, '-v');
    const parts = ['xloadflags', 'setup_sects', 'evidence', 'loader sets', 'tracer_init_tracefs', 'RVA'];
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });
});

test('evidence is shown when asked for', () => {
  expect(textOf(image)).not.toContain('evidence');
  const text = textOf(image, {}, '--evidence');
  expect(text).toMatch(/evidence +payload 0x[0-9a-f]+: 00 00 00 01/);
  expect(text).toContain('elfnote.h');
});

test('--fast says what it did not look at', () => {
  const text = textOf(image, {}, '--fast');
  expect(text).toContain('what the payload offers was not looked at');
  expect(text).toMatch(/^Findings {2}not checked$/m);
});

test('an image cannot write to the terminal', () => {
  const hostile = file('hostile', craftBzImage({ kernelVersion: '6.12\u001b[2Jx\ny #1' }));
  const text = textOf(hostile);
  expect(text).toContain('6.12\\x1b[2Jx\\x0ay');
  expect(text).not.toContain('\u001b');
});

describe('colour', () => {
  test('none in a pipe', () => expect(textOf(image)).not.toContain(colour));
  test('when asked for', () => expect(textOf(image, { FORCE_COLOR: '1' })).toContain(colour));
  test('never with NO_COLOR', () => {
    expect(textOf(image, { FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain(colour);
  });
  test('changes nothing but colour', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of.
    const bare = textOf(image, { FORCE_COLOR: '1' }).replace(/\u001b\[\d+m/g, '');
    expect(bare).toBe(textOf(image));
  });
});
