import { describe, expect, test } from 'vitest';
import { assembleToy, faultVector, type Line, Toy } from './toy.js';

/**
 * A second instruction set on the engine, through both tiers: nothing in `src/machine/engine` knows of it, nor of x86.
 */

const start = 0x1000;

/** Sums 1000 to 1 by a function, stores the sum and reads it back, divides by zero. */
const program: Line[] = [
  ['li', 1, 0, 0],
  ['li', 2, 0, 1000],
  ['li', 7, 0, 0x2000],
  'again',
  ['call', 0, 0, 'sum'],
  ['addi', 2, 2, -1],
  ['bnz', 2, 0, 'again'],
  ['st', 1, 7, 8],
  ['ld', 4, 7, 8],
  ['div', 4, 3],
  ['halt'],
  'sum',
  ['add', 1, 2],
  ['ret'],
];
const handler: Line[] = [['li', 6, 0, -7], ['addi', 5, 6, 1], ['halt']];

function loaded(translate: ConstructorParameters<typeof Toy>[0]): Toy {
  const toy = new Toy(translate);
  toy.memory.ram(start, 0x800).set(assembleToy(program));
  toy.memory.ram(faultVector, 64).set(assembleToy(handler));
  toy.pc = start;
  return toy;
}

/** The same after some rounds, the loop and the function it calls translated if anything is. */
function warm(translate: ConstructorParameters<typeof Toy>[0]): Toy {
  const toy = loaded(translate);
  expect(toy.engine.run(400)).toBe('budget');
  toy.engine.translator?.translate(toy.engine.retirement.now);
  return toy;
}

/** Instructions that retire: set-up, five each time round, store and load; then the handler's three. */
const retired = 3 + 1000 * 5 + 2 + 3;

const state = (toy: Toy) => ({
  registers: Array.from({ length: 16 }, (_, n) => toy.register(n)),
  pc: toy.pc,
  now: toy.engine.retirement.now,
});

describe.each([
  ['interpreted', false],
  ['translated', { threshold: 3 }],
] as const)('a toy instruction set, %s', (tier, translate) => {
  test('runs to its halt, through a fault', () => {
    const toy = warm(translate);
    expect(toy.engine.run(1_000_000)).toBe('halt');
    expect(toy.register(1)).toBe(500500n);
    expect(toy.register(2)).toBe(0n);
    expect(toy.register(4)).toBe(500500n);
    expect(toy.memory.view.getBigUint64(toy.engine.linear.place(2, 8, 8, 0), true)).toBe(500500n);
    expect(toy.faults).toBe(1);
    expect(toy.register(6)).toBe(BigInt.asUintN(64, -7n));
    expect(toy.register(5)).toBe(BigInt.asUintN(64, -6n));
    expect(toy.pc).toBe(faultVector + 12);
    expect(toy.engine.retirement.now).toBe(retired);
    const { translator } = toy.engine;
    if (tier === 'translated') expect(translator!.statistics.regions).toBeGreaterThan(0);
    else expect(translator).toBeUndefined();
  });

  test('stops at an exact count', () => {
    const toy = warm(translate);
    expect(toy.engine.run(1234)).toBe('budget');
    expect(toy.engine.retirement.now).toBe(1234);
    expect(toy.engine.run(1_000_000)).toBe('halt');
    expect(toy.engine.retirement.now).toBe(retired);
  });

  test('sees code that was changed', () => {
    const toy = warm(translate);
    expect(toy.engine.run(2000)).toBe('budget');
    // The function subtracts nothing any more: `addi r1, r1, 0` in place of `add`.
    const at = start + 10 * 4;
    toy.memory.ram(at, 4).set(assembleToy([['addi', 1, 1, 0]]));
    toy.engine.blocks.invalidate(at >> 12, at & 4095, (at & 4095) + 4);
    const before = toy.register(1);
    toy.engine.run(2010);
    const after = toy.register(1);
    expect(toy.engine.run(1_000_000)).toBe('halt');
    expect(toy.register(1)).toBe(after);
    expect(after - before).toBeLessThan(1000n);
    if (tier === 'translated') expect(toy.engine.translator!.statistics.invalidated).toBeGreaterThan(0);
  });
});

test('both tiers agree at every hundredth instruction', () => {
  const interpreted = warm(false);
  const translated = warm({ threshold: 3 });
  expect(translated.engine.translator!.live).toBeGreaterThan(0);
  for (let until = 500; until < retired; until += 100) {
    interpreted.engine.run(until);
    translated.engine.run(until);
    expect(state(translated)).toEqual(state(interpreted));
  }
});
