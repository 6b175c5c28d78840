import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { disputed } from '../../../tools/oracle/multiboot/disputed.js';
import { openImage } from '../../image/open.js';
import { disagree, loadingText } from './loading.js';
import { multiboot2Loadings, multibootLoadings } from './multiboot.js';

/** Our rules against what QEMU and GRUB said (tools/oracle/multiboot/record-disputed.ts). */
const recorded: Readonly<Record<'qemu' | 'grub', Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(new URL('../../../tools/oracle/multiboot/disputed.json', import.meta.url), 'utf8'),
);

/** There the recording machine has no RAM: a rule of its own, since others may have some. */
const withoutRam = ['higher half, loaded there', 'higher half, its data loaded there'];
/** Loaders do not look at entry_addr: multiboot-address-outside-file does. */
const entryOutside = ['entry_addr outside'];

async function loadings(name: string) {
  const { version, file } = disputed[name]!;
  try {
    const image = await openImage(file);
    return version === 1 ? multibootLoadings(image) : multiboot2Loadings(image);
  } catch {
    return [];
  }
}

const outcomes = (answer: string): readonly string[] => {
  if (answer === 'takes') return ['takes'];
  return answer === 'silent' || answer === 'dies' ? ['fails'] : ['refuses'];
};

describe.each([
  ['qemu', 'QEMU'],
  ['grub', 'GRUB 2'],
] as const)('%s', (key, loader) => {
  test.each(Object.entries(recorded[key]))('%s: %s', async (name, answer) => {
    const loading = (await loadings(name)).find((candidate) => candidate.loader === loader);
    // No header, as it finds none.
    if (!loading) return expect(answer).toMatch(/no multiboot header found|without PVH ELF Note/);
    if (key === 'qemu' && (withoutRam.includes(name) || entryOutside.includes(name))) {
      return expect([answer, loading.outcome]).toEqual(['silent', 'takes']);
    }
    const { outcome, objection } = loading;
    // GRUB is asked to load, not to boot: what fails later it takes.
    const expected = key === 'grub' && outcome === 'fails' ? ['takes', 'fails', 'refuses'] : [outcome];
    expect(expected).toContain(outcomes(answer)[0]);
    if (outcome !== 'refuses') return;
    const words = /"([^"]*)"/.exec(objection!.why)?.[1];
    // A header that QEMU does not find is no reason that it gives.
    if (words && words !== 'premature end of file') expect(answer).toContain(words);
    if (words === 'premature end of file') expect(answer).toContain('premature end of file');
  });
});

test('every kernel was recorded', () => {
  const names = Object.keys(disputed);
  expect(Object.keys(recorded.grub).sort()).toEqual([...names].sort());
  expect(Object.keys(recorded.qemu).sort()).toEqual(
    names.filter((name) => disputed[name]!.version === 1).sort(),
  );
});

test('what is said of loaders names each, its words and whether they agree', async () => {
  const both = await loadings('ELF64 for x86-64');
  expect(disagree(both)).toBe(true);
  expect(loadingText(both)).toBe(
    'QEMU refuses it: "Cannot load x86-64 image, give a 32bit one"; GRUB 2 takes it',
  );
  expect(disagree(await loadings('ELF32'))).toBe(false);
});
