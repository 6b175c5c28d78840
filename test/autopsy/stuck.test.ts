import { describe, expect, test } from 'vitest';
import { CR0 } from '../../src/abi/x86/control-registers.js';
import { FLAG } from '../../src/abi/x86/flags.js';
import { FlightRecorder } from '../../src/autopsy/flight-recorder.js';
import { type Patience, StuckWatch } from '../../src/boot/stuck.js';
import { Machine } from '../../src/machine/machine.js';
import { setFlatSegments } from '../../src/machine/x86/segments/segments.js';

const code = 0x100000;
const slice = 10_000;
/** Instructions that the closer look takes, and the slice before it. */
const looks = 1_100_000;
const patience: Patience = { usual: 1_000_000, panicked: 50_000 };

interface Run {
  readonly interrupts?: boolean;
  /** What the console shows after so many instructions. */
  readonly console?: (instructions: number) => string;
  readonly most?: number;
}

/** Runs 32-bit code, asking between slices; the instructions after which it was found stuck, or undefined. */
function stuckAfter(bytes: readonly number[], { interrupts, console = () => '', most = 5e6 }: Run = {}) {
  const machine = new Machine({ memory: 64 });
  const { cpu } = machine;
  machine.memory.ram(code, bytes.length).set(bytes);
  cpu.setCr0(CR0.PE);
  setFlatSegments(cpu, { bits: 32, code: 8, data: 0x10 });
  cpu.flags = interrupts ? 2 | FLAG.IF : 2;
  cpu.gpr[4] = 0x90000n;
  cpu.rip = BigInt(code);
  // Something is always to come, or HLT would be the end.
  const tick = (): void => void machine.clock.schedule(machine.clock.now + 2000, tick, 'tick');
  tick();
  const recorder = new FlightRecorder(machine);
  const watch = new StuckWatch(machine, recorder, patience);
  while (machine.cpu.now < most) {
    if (machine.run(machine.cpu.now + (watch.step ?? slice)) !== 'budget')
      throw new Error('it ended by itself');
    if (watch.isStuck(console(machine.instructions))) return { after: machine.instructions, recorder };
  }
  return undefined;
}

/** cmpl $0,0x200000; je back: it waits for what nobody does. */
const waits = [0x83, 0x3d, 0, 0, 0x20, 0, 0x00, 0x74, 0xf7];
/** add $1,%eax; jmp back: busy, and always at something new. */
const computes = [0x83, 0xc0, 0x01, 0xeb, 0xfb];
/** fld1; fld1; faddp %st,%st(1)… : fld1 once, then fld1; faddp; jmp: the sum grows. */
const sums = [0xd9, 0xe8, 0xd9, 0xe8, 0xde, 0xc1, 0xeb, 0xfa];
/** rdtsc; jmp back: a clock is read, which goes on. */
const clocks = [0x0f, 0x31, 0xeb, 0xfc];
/** push %eax; incl (%esp); incl (%esp); jmp: a variable on the stack, as in code that was not optimised. */
const counts = [0x50, 0xff, 0x04, 0x24, 0xeb, 0xfb];

describe('stuck', () => {
  test.each([
    ['jmp to itself', [0xeb, 0xfe]],
    ['pause; jmp', [0xf3, 0x90, 0xeb, 0xfc]],
    ['two jumps', [0xeb, 0x00, 0xeb, 0xfc]],
  ])('at once: %s with interrupts off', (_, bytes) => {
    expect(stuckAfter(bytes)!.after).toBeLessThanOrEqual(2 * slice);
  });

  test('a jump to itself that an interrupt may end gets the usual patience', () => {
    expect(stuckAfter([0xeb, 0xfe], { interrupts: true })!.after).toBeGreaterThanOrEqual(1_000_000);
  });

  test('a loop that waits', () => {
    const { after, recorder } = stuckAfter(waits)!;
    expect(after).toBeGreaterThanOrEqual(1_000_000);
    expect(after).toBeLessThanOrEqual(1_000_000 + looks);
    // Where it was seen is kept for the autopsy.
    expect(recorder.samples.length).toBeGreaterThan(10);
    expect(recorder.samples.every(({ rip }) => rip >= 0x100000n && rip < 0x100009n)).toBe(true);
  });

  test('a loop that writes to the same memory', () => {
    // incl 0x200000; jmp
    expect(stuckAfter([0xff, 0x05, 0, 0, 0x20, 0, 0xeb, 0xf8])).toBeDefined();
  });

  test('slices end anywhere, but that is no new code', () => {
    const long = [...new Array<number>(400).fill(0x90), 0xe9, 0x6b, 0xfe, 0xff, 0xff];
    expect(stuckAfter(long)!.after).toBeLessThanOrEqual(1_000_000 + looks);
  });

  test('soon after a panic', () => {
    const said = 'Kernel panic - not syncing: at all\n';
    const { after } = stuckAfter(waits, { console: (now) => (now > 100_000 ? said : '') })!;
    expect(after).toBeGreaterThanOrEqual(150_000);
    expect(after).toBeLessThanOrEqual(150_000 + 3 * slice);
  });

  test('also when the panic arrives in two pieces', () => {
    const pieces = ['Kernel panic - not ', 'syncing'];
    const console = (now: number): string =>
      now > 110_000 ? pieces.join('') : now > 100_000 ? pieces[0]! : '';
    expect(stuckAfter(waits, { console })!.after).toBeLessThan(250_000);
  });

  test('says the same every time', () => {
    expect(stuckAfter(waits)!.after).toBe(stuckAfter(waits)!.after);
  });
});

describe('not stuck', () => {
  test.each([
    ['computes', computes],
    ['computes in the x87', sums],
    ['reads a clock', clocks],
    ['counts in memory of the stack', counts],
  ])('while it %s', (_, bytes) => {
    // Past the patience and the closer look.
    expect(stuckAfter(bytes, { most: 2.3e6 })).toBeUndefined();
  });

  test('while the console has something to say', () => {
    expect(stuckAfter(waits, { console: (now) => 'x'.repeat(now / 100_000) })).toBeUndefined();
  });

  test('while memory fills page by page, as under a decompressor', () => {
    // mov $0x200000,%edi; loop: 500 rounds of dec, then a page is written: few blocks, much work.
    const fill = [
      ...[0xbf, 0, 0, 0x20, 0],
      ...[0xb9, 0xf4, 0x01, 0, 0],
      ...[0x49, 0x75, 0xfd],
      ...[0xb9, 0, 4, 0, 0, 0x89, 0xf8],
      // mov %eax,(%edi); add $4,%edi; dec %ecx; jnz
      ...[0x89, 0x07, 0x83, 0xc7, 0x04, 0x49, 0x75, 0xf8],
      ...[0xeb, 0xe3],
    ];
    expect(stuckAfter(fill, { most: 4e6 })).toBeUndefined();
  });

  test('while new code runs', () => {
    // A slide of 1.5 million increments.
    expect(stuckAfter(new Array<number>(1_500_000).fill(0x40), { most: 1.5e6 })).toBeUndefined();
  });

  test('while it idles', () => {
    // hlt; jmp back, with interrupts on and nothing that interrupts.
    expect(stuckAfter([0xf4, 0xeb, 0xfd], { interrupts: true })).toBeUndefined();
  });
});
