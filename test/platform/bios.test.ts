import { describe, expect, test } from 'vitest';
import { linux16 } from '../../src/entry/linux16.js';
import { startLinux16 } from '../../src/entry/start/linux16.js';
import { openImage } from '../../src/image/open.js';
import { Machine } from '../../src/machine/machine.js';
import { calls } from '../../tools/oracle/bios/calls.js';
import { type Outcome, outcomes, program } from '../../tools/oracle/bios/program.js';
import seabios from '../../tools/oracle/bios/seabios.json' with { type: 'json' };

const seen: Readonly<Record<string, Outcome>> = seabios;

async function ours(): Promise<Record<string, Outcome>> {
  const image = await openImage(program(Object.values(calls)));
  const sent: number[] = [];
  const machine = new Machine({ memory: 64, onConsoleByte: (byte) => sent.push(byte) });
  startLinux16(machine, image, linux16.claim(image, 'image'), { commandLine: '' });
  expect(machine.run(10e6)).toBe('dead-halt');
  const all = outcomes(Uint8Array.from(sent));
  return Object.fromEntries(Object.keys(calls).map((name, i) => [name, all[i]!]));
}

/** Where SeaBIOS's PC is another one: what is right here, by what SeaBIOS says. */
const others: Readonly<
  Record<string, readonly [why: string, right: (outcome: Outcome) => Partial<Outcome>]>
> = {
  'E801, sizes of extended memory': [
    'SeaBIOS keeps 128 KiB at the end of RAM for itself',
    ({ ebx, edx, ...rest }) => ({ ...rest, ebx: ebx + 2, edx: edx + 2 }),
  ],
  '88, size of extended memory': [
    'SeaBIOS keeps 128 KiB at the end of RAM for itself',
    ({ eax, ...rest }) => ({ ...rest, eax: eax + 128 }),
  ],
  '5300, APM': ['SeaBIOS has APM', () => ({ eax: 0x8600, carry: true })],
  '1A/00, ticks': [
    "SeaBIOS begins with the clock's time of day",
    (outcome) => ({ ...outcome, ecx: 0, edx: 0 }),
  ],
};

describe("the BIOS's services answer as SeaBIOS's do", async () => {
  const answers = await ours();
  test.each(Object.keys(calls))('%s', (name) => {
    const outcome = seen[name]!;
    const [, right] = others[name] ?? [];
    expect(answers[name]).toMatchObject(right?.(outcome) ?? outcome);
  });
});
