import { expect, test } from 'vitest';
import type { Command } from '../../bench/lib/command.js';
import { benchmarks } from '../../bench/lib/micro/benchmarks.js';
import { compareGuests } from '../../bench/lib/micro/compare.js';

const some = benchmarks.slice(0, 2);
const rounds = { rounds: 2, warmUp: 1 };

/** A program that prints what a guest's console would show. */
function guest(label: string, ...lines: string[]): Command {
  const text = ['[    0.000000] Linux version 6.12', ...lines].map((line) => `${line}\r\n`).join('');
  return { label, program: process.execPath, args: ['-e', `process.stdout.write(${JSON.stringify(text)})`] };
}

const lines = (name: string, checksum: string): string[] => [
  `zeropage-bench ${name} begin`,
  `zeropage-bench ${name} end ${checksum}`,
];
const [first, second] = some.map(({ name }) => name) as [string, string];
const right = [...lines(first, '01'), ...lines(second, '02')];

test('a line for each benchmark, with as many times as rounds that count', async () => {
  const found = await compareGuests('(x)', some, guest('one', ...right), guest('other', ...right), rounds);
  expect(found.map(({ ours, peer }) => [ours.label, ours.runs, peer.label, peer.runs])).toEqual([
    [`(x) ${first}`, 2, 'other', 2],
    [`(x) ${second}`, 2, 'other', 2],
  ]);
});

test('different checksums are an error', async () => {
  const wrong = [...lines(first, '01'), ...lines(second, '03')];
  await expect(
    compareGuests('(x)', some, guest('one', ...right), guest('other', ...wrong), rounds),
  ).rejects.toThrow(`${second} gave 03 on other and 02 in another boot`);
});

test('a benchmark that does not come to its end is an error', async () => {
  const short = lines(first, '01');
  await expect(
    compareGuests('(x)', some, guest('one', ...short), guest('other', ...right), rounds),
  ).rejects.toThrow(`one did not finish ${second}`);
});
