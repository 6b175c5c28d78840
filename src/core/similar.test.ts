import { describe, expect, test } from 'vitest';
import { didYouMean, oneOf, similar } from './similar.js';

const names = ['linux16', 'linux32', 'linux64', 'pvh', 'xen-pv', 'multiboot', 'multiboot2', 'start_kernel'];

describe('similar', () => {
  test.each([
    ['pv', ['pvh']],
    ['PVH', ['pvh']],
    ['xenpv', ['xen-pv']],
    ['mutliboot', ['multiboot']],
    ['multiboot3', ['multiboot', 'multiboot2']],
    ['linux46', ['linux16', 'linux64']],
    ['linus', []],
    ['start_kernal', ['start_kernel']],
    ['startkernel', ['start_kernel']],
    ['strat_kernle', ['start_kernel']],
    ['efi', []],
    ['', []],
    ['x', []],
    ['main', []],
  ])('%s', (word, found) => {
    expect(similar(word, names)).toEqual(found);
  });

  test('of one of the names it is that name', () => {
    for (const name of names) expect(similar(name, names)).toEqual([name]);
  });
});

test('in words', () => {
  expect(didYouMean('pv', names)).toBe("did you mean 'pvh'?");
  expect(didYouMean('multiboot3', names)).toBe("did you mean 'multiboot' or 'multiboot2'?");
  expect(didYouMean('nothing', names)).toBeUndefined();
  expect(oneOf('pv', 'entries', ['pvh', 'efi'])).toBe("did you mean 'pvh'? The entries are: pvh, efi");
  expect(oneOf('zzz', 'entries', ['pvh', 'efi'])).toBe('the entries are: pvh, efi');
});
