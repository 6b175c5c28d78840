import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PhysicalMemory } from '../memory.js';
import { Cpu } from './cpu.js';
import { createCpuid } from './cpuid.js';
import { instructionSet } from './instructions/index.js';
import { setFlatSegments } from './segments/segments.js';

/** What QEMU said to tools/oracle/privileged/program.asm; recorded by record.ts next to it. */
const record = JSON.parse(
  readFileSync(new URL('../../../test/machine/fixtures/privileged.json', import.meta.url), 'utf8'),
) as { image: string; lines: string[] };

const RF = 0x10000n;
const IDT = 2n;

/**
 * A line as fields, without what QEMU is known to get wrong: it pushes no RF, leaves EXT out of error codes while an
 * exception is delivered, multiplies vectors by 16 in long mode, makes SS null for an IST at the same level, and goes to
 * the target of a near branch or gate that is not canonical before it faults.
 */
function fields(line: string, oracle: boolean): Record<string, string> {
  const result: Record<string, bigint> = {};
  for (const field of line.trim().split(' ')) {
    const [name, value] = field.split('=') as [string, string];
    result[name] = BigInt(`0x${value}`);
  }
  result.fl = result.fl! & ~RF;
  let error = result.er! & ~1n;
  const long = 'r0' in result;
  if (oracle && long && error & IDT && error < 0x1000n && result['v:']! < 32n && result['v:'] !== 14n)
    error = ((error >> 4n) << 3n) | IDT;
  result.er = error;
  if (long && !(result.cs! & 3n)) delete result.s0;
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, value.toString(16)]));
}

function canonical(address = '0'): boolean {
  const value = BigInt(`0x${address}`);
  return value === BigInt.asUintN(64, BigInt.asIntN(48, value));
}

function run(image: Uint8Array): string[] {
  const memory = new PhysicalMemory(0x400000);
  memory.ram(0x100000, image.length).set(image);
  let log = '';
  const cpu: Cpu = new Cpu(
    memory,
    {
      portIn: () => 0xff,
      portOut: (port, _, value) => {
        if (port === 0xe9) log += String.fromCharCode(value & 0xff);
        if (port === 0xf4) cpu.stop('stop');
      },
      acknowledgeInterrupt: () => 0,
      readMsr: () => undefined,
      writeMsr: () => false,
      // QEMU has Intel's far pointers and SYSENTER for every vendor.
      cpuid: createCpuid({ vendor: 'GenuineIntel' }),
      taskPriority: 0,
      synchronize: () => {},
    },
    instructionSet,
  );
  // Multiboot: flat protected mode, the entry in the header.
  cpu.setCr0(0x11);
  setFlatSegments(cpu, { bits: 32, code: 8, data: 16 });
  cpu.rip = BigInt(memory.guestView.getUint32(0x10001c, true));
  expect(cpu.run(50_000_000)).toBe('stop');
  return log.split('\n').filter((line) => line.includes('='));
}

test('privileged instructions raise what they raise under QEMU', () => {
  const lines = run(new Uint8Array(Buffer.from(record.image, 'base64')));
  const differences = record.lines.flatMap((line, i) => {
    const wanted = fields(line, true);
    const got = fields(lines[i] ?? 'er=0 fl=0 cs=0', false);
    // QEMU faults at the target, with the return address or the frame pushed.
    if (!canonical(wanted.ip) && canonical(got.ip))
      for (const name of ['ip', 'sp', 'r0']) wanted[name] = got[name]!;
    return JSON.stringify(wanted) === JSON.stringify(got) ? [] : [{ wanted, got }];
  });
  expect(differences).toEqual([]);
  expect(lines.length).toBe(record.lines.length);
});
