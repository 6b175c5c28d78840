import { describe, expect } from 'vitest';
import { corpusTest } from '../outside.js';
import { shell, zeropage } from './command.js';

describe('zeropage symbols', () => {
  corpusTest('prints as nm -n does', 'debian-13-cloud-amd64', [], ({ path }) => {
    const { code, stdout } = zeropage(['symbols', path]);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.length).toBeGreaterThan(50_000);
    expect(lines.filter((line) => !/^[0-9a-f]{16} [A-Za-z?] \S+$/.test(line))).toEqual([]);
    const addresses = lines.map((line) => line.slice(0, 16));
    expect(addresses).toEqual([...addresses].sort());
    expect(stdout).toMatch(/^ffffffff81000000 T _text$|^ffffffff81000000 T _stext$/m);
  });

  corpusTest('--json says the same', 'debian-11-686-pae', [], ({ path }) => {
    const text = zeropage(['symbols', path]).stdout;
    const symbols: { address: string; type: string; name: string }[] = JSON.parse(
      zeropage(['symbols', '--json', path]).stdout,
    );
    const lines = symbols.map(
      ({ address, type, name }) => `${address.slice(2).padStart(8, '0')} ${type} ${name}\n`,
    );
    expect(lines.join('')).toBe(text);
  });

  corpusTest('stops quietly when its reader does', 'debian-13-cloud-amd64', [], ({ path }) => {
    const { code, stdout, stderr } = shell('"$@" | head -n 1; exit "$PIPESTATUS"', 'symbols', path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(2);
  });
});
