import { describe, expect, test } from 'vitest';
import { assemble } from '../../../../test/craft/assemble.js';
import { Guest, place } from '../../../../test/machine/guest.js';
import { FLAG } from '../../../abi/x86/flags.js';

const movs = { 1: 'movsb', 2: 'movsw', 4: 'movsd', 8: 'movsq' } as const;
const start = 0x100000;
/** Bytes of memory that are looked at: three pages. */
const span = 0x3000;

const pattern = (): Uint8Array => Uint8Array.from({ length: span }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

/** What REP MOVS does by its definition: one element after the other. */
function moved(from: number, to: number, count: number, bytes: number, down: boolean): Uint8Array {
  const memory = pattern();
  for (let i = 0; i < count; i++) {
    const step = (down ? -i : i) * bytes;
    memory.copyWithin(to + step, from + step, from + step + bytes);
  }
  return memory;
}

function run(mode: 'long' | 'protected', source: string, down: boolean, registers: number[]): Guest {
  const guest = new Guest(mode);
  const { cpu } = guest;
  guest.memory.ram(start, span).set(pattern());
  const [rcx, rsi, rdi] = registers as [number, number, number];
  cpu.gpr[1] = BigInt(rcx);
  cpu.gpr[6] = BigInt(start + rsi);
  cpu.gpr[7] = BigInt(start + rdi);
  if (down) cpu.systemFlags |= FLAG.DF;
  guest.put(place.code, assemble(mode, `${source}; hlt`));
  expect(guest.run()).toBe('halt');
  return guest;
}

describe.each(['long', 'protected'] as const)('REP MOVS in %s mode', (mode) => {
  const sizes = ([1, 2, 4, 8] as const).filter((bytes) => mode === 'long' || bytes < 8);
  test.each(sizes)('elements of %i bytes, up and down, overlapping in every way, over pages', (bytes) => {
    for (const down of [false, true]) {
      for (const distance of [1, 8, 17, 5000, -1, -8, -17, -5000]) {
        for (const count of [5, 2000 / bytes]) {
          // Of the first element, so that everything stays inside.
          const low = distance < 0 ? 0x1800 - 500 : 100;
          const from = down ? low + count * bytes : low;
          const guest = run(mode, `rep ${movs[bytes]}`, down, [count, from, from + distance]);
          const expected = moved(from, from + distance, count, bytes, down);
          const found = Buffer.from(guest.memory.ram(start, span));
          expect([down, distance, count, found.compare(expected)]).toEqual([down, distance, count, 0]);
          const passed = (down ? -count : count) * bytes;
          expect(guest.cpu.gpr[1]).toBe(0n);
          expect(guest.cpu.gpr[6]).toBe(BigInt(start + from + passed));
          expect(guest.cpu.gpr[7]).toBe(BigInt(start + from + distance + passed));
        }
      }
    }
  });
});

test('REP STOS down', () => {
  for (const count of [1, 5, 700]) {
    const guest = run('long', 'rep stosq', true, [count, 0, 0x2000]);
    const expected = pattern();
    expected.fill(0, 0x2008 - count * 8, 0x2008);
    expect(Buffer.from(guest.memory.ram(start, span)).compare(expected)).toBe(0);
    expect(guest.cpu.gpr[7]).toBe(BigInt(start + 0x2000 - count * 8));
  }
});
