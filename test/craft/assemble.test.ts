import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.js';

describe('assembly in tests', () => {
  test.each([
    ['real', 'mov eax, 1', '66 b8 01 00 00 00'],
    ['protected', 'mov ecx, 0xc0000082; wrmsr', 'b9 82 00 00 c0 0f 30'],
    ['long', '1: dec rcx; jnz 1b', '48 ff c9 75 fb'],
  ] as const)('%s: %s', (mode, source, code) => {
    expect(assemble(mode, source)).toBe(code);
  });

  test('what is not an instruction is said to be none', () => {
    expect(() => assemble('long', 'mov cr1')).toThrow(/^as: /);
  });
});
