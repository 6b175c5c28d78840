import { describe, expect, test } from 'vitest';
import { guest } from '../boot/guests.js';
import { scratch, zeropage } from './command.js';

const file = scratch();
const options = ['boot', '-m', '64', '--entry', 'pvh', '--quiet', '--budget', '40M'];

describe('boot --profile', () => {
  test('where the time goes, by function and tier, and what the translator did', () => {
    const { stdout, stderr } = zeropage([...options, '--profile', file('ticks', guest('ticks'))]);
    expect(stderr).toBe('');
    const profile = stdout.slice(stdout.indexOf('\nProfile'));
    expect(profile).toMatch(/ 40\.0 M +(?:9\d|100) % +\(no symbol\)/);
    expect(profile).toMatch(/\nTranslator {2}what it did\n {2}regions +\d+ of \d+ blocks/);
  });

  test('the interpreter alone ends in the same state', () => {
    const image = file('ticks', guest('ticks'));
    const [hash, interpreted] = [[], ['--no-translate', '--profile']].map((more) => {
      const { stdout } = zeropage([...options.filter((one) => one !== '--quiet'), ...more, image]);
      if (more.length) expect(stdout).toContain('Translator  not used');
      return /state hash +([0-9a-f]{16})/.exec(stdout)?.[1];
    });
    expect(hash).toBeDefined();
    expect(interpreted).toBe(hash);
  });

  test('--json has no room for it', () => {
    const { code, stderr } = zeropage([...options, '--json', '--profile', file('ticks', guest('ticks'))]);
    expect(code).toBe(2);
    expect(stderr).toContain('--profile does not go with --json');
  });
});
