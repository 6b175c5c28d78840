import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missing } from '../../../tools/check/missing.js';
import { Bytes, latin1 } from '../../core/bytes.js';
import { pcNamespace, reducedNamespace } from './dsdt.js';
import { fadt, madt, rsdp, tableHeader } from './layouts.js';
import { type AcpiHardware, type AcpiTables, buildAcpiTables } from './tables.js';

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => total + byte, 0) & 0xff;
const noIasl = missing('iasl');

/** Follows RSDP, XSDT and FADT as a kernel does; the tables by signature. */
function walk({ address, bytes, rsdp: at }: AcpiTables): Map<string, Uint8Array> {
  const memory = new Bytes(bytes, 'ACPI tables');
  const found = new Map<string, Uint8Array>();
  const table = (physical: number) => {
    const header = tableHeader.read(memory, physical - address);
    const data = memory.slice(physical - address, header.length);
    found.set(latin1(header.signature), data);
    return data;
  };
  const root = rsdp.read(memory, at - address);
  found.set('RSDP', memory.slice(at - address, rsdp.size));
  const xsdt = new Bytes(table(Number(root.xsdtAddress)));
  for (let offset = tableHeader.size; offset < xsdt.length; offset += 8) table(Number(xsdt.u64(offset)));
  const fixed = fadt.read(new Bytes(found.get('FACP')!));
  table(Number(fixed.xDsdt));
  if (fixed.facs) table(fixed.facs);
  return found;
}

const apics = { lapic: 0xfee00000, ioApic: 0xfec00000 };
const fixed: AcpiHardware = {
  ...apics,
  hpet: { address: 0xfed00000, capabilities: 0x8086a201 },
  power: { kind: 'fixed', event: 0x600, control: 0x604, timer: 0x608, reset: { at: 0xcf9, value: 6 } },
};
const reduced: AcpiHardware = {
  ...apics,
  power: { kind: 'reduced', control: 0xfea00000, status: 0xfea00001, reset: { at: 0xfea00002, value: 0x42 } },
};

const cases = [
  [
    'pc',
    { hardware: fixed, namespace: pcNamespace(0xe0000000, 5) },
    ['RSDP', 'XSDT', 'FACP', 'APIC', 'HPET', 'DSDT', 'FACS'],
  ],
  [
    'reduced',
    { hardware: reduced, namespace: reducedNamespace(5) },
    ['RSDP', 'XSDT', 'FACP', 'APIC', 'DSDT'],
  ],
] as const;

describe.each(cases)('%s', (_, options, signatures) => {
  const tables = buildAcpiTables({ ...options, address: 0xe0000 });
  const found = walk(tables);

  test('a scan finds the RSDP, and every table sums to zero', () => {
    expect(tables.rsdp % 16).toBe(0);
    expect([...found.keys()]).toEqual(signatures);
    expect(latin1(found.get('RSDP')!.subarray(0, 8))).toBe('RSD PTR ');
    expect(sum(found.get('RSDP')!.subarray(0, 20))).toBe(0);
    for (const [signature, data] of found)
      if (signature !== 'FACS') expect(`${signature} ${sum(data)}`).toBe(`${signature} 0`);
  });

  test.skipIf(noIasl)(
    'iasl disassembles every table and compiles the DSDT again (needs acpica-tools)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'zeropage-acpi-'));
      try {
        for (const [signature, data] of found) {
          if (signature === 'RSDP') continue;
          const file = join(folder, `${signature}.aml`);
          writeFileSync(file, data);
          const { status, stdout, stderr } = spawnSync('iasl', ['-d', file], { encoding: 'utf8' });
          expect(`${stdout}${stderr}`).not.toMatch(/error|invalid|fail/i);
          expect(status).toBe(0);
        }
        const source = join(folder, 'DSDT.dsl');
        expect(readFileSync(source, 'utf8')).toContain('PNP0501');
        const compiled = spawnSync('iasl', ['-p', join(folder, 'again'), source], { encoding: 'utf8' });
        expect(compiled.stdout).toMatch(/0 Errors, 0 Warnings/);
        // All but the creator fields and the checksum is the same to the byte.
        const again = readFileSync(join(folder, 'again.aml'));
        expect([...again.subarray(36)]).toEqual([...found.get('DSDT')!.subarray(36)]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

test('the PC has an 8259 pair to mask, the timer at input 2 and a level-triggered SCI', () => {
  const data = walk(buildAcpiTables({ ...cases[0][1], address: 0xe0000 })).get('APIC')!;
  expect(madt.read(new Bytes(data)).flags).toBe(1);
  const overrides: number[][] = [];
  for (let at = 44; at < data.length; at += data[at + 1]!)
    if (data[at] === 2) overrides.push([...data.subarray(at, at + 10)]);
  expect(overrides).toEqual([
    [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
    [2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0],
  ]);
});

test('hardware-reduced: flag, sleep registers and reset register in memory, no fixed hardware', () => {
  const data = walk(buildAcpiTables({ ...cases[1][1], address: 0xe0000 })).get('FACP')!;
  const fixed = fadt.read(new Bytes(data));
  expect(data.length).toBe(0x10c);
  expect(fixed.flags & (1 << 20)).not.toBe(0);
  expect(fixed.flags & (1 << 10)).not.toBe(0);
  expect([fixed.facs, fixed.pm1aEvent, fixed.pm1aControl, fixed.pmTimer, fixed.sciInterrupt]).toEqual([
    0, 0, 0, 0, 0,
  ]);
  expect([...fixed.sleepControl]).toEqual([0, 8, 0, 1, 0, 0, 0xa0, 0xfe, 0, 0, 0, 0]);
});
