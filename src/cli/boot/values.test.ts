import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { cpuOptions } from './cpu.js';
import {
  exitStatus,
  expectation,
  extraDeviceList,
  instructionCount,
  mebibytes,
  positive,
  seconds,
  subarch,
} from './values.js';

describe('understood', () => {
  test.each([
    [mebibytes, '512', 512],
    [mebibytes, '512M', 512],
    [mebibytes, '2g', 2048],
    [mebibytes, '1GiB', 1024],
    [instructionCount, '1000', 1000],
    [instructionCount, '500M', 500e6],
    [instructionCount, '20G', 20e9],
    [instructionCount, '1.5k', 1500],
    [instructionCount, '2e9', 2e9],
    [positive, '3', 3],
    [seconds, '90', 90],
    [seconds, '0.5', 0.5],
    [extraDeviceList, 'isa-debug-exit,pc-testdev', ['isa-debug-exit', 'pc-testdev']],
    [exitStatus, '255', 255],
    [expectation, 'a/b', 'a/b'],
    [expectation, '/a\\/b+/i', /a\/b+/i],
    [subarch, '2', { subarch: 2, subarchData: 0n }],
    [subarch, '0x4:0xffffffffffffffff', { subarch: 4, subarchData: 0xffffffffffffffffn }],
    [cpuOptions, 'minimum', { profile: 'minimum', add: [], remove: [] }],
    [cpuOptions, 'vendor=intel', { vendor: 'GenuineIntel', add: [], remove: [] }],
    [
      cpuOptions,
      'x86-64-v2,vendor=AuthenticAMD,model=0x10,+x2apic,-nx',
      { profile: 'x86-64-v2', vendor: 'AuthenticAMD', model: 16, add: ['x2apic'], remove: ['nx'] },
    ],
  ])('%o %s', (parse: (text: string) => unknown, text, value) => expect(parse(text)).toEqual(value));
});

describe('refused', () => {
  test.each([
    [mebibytes, '-1'],
    [mebibytes, '1T'],
    [mebibytes, ''],
    [instructionCount, '0'],
    [instructionCount, '1.5'],
    [instructionCount, '9e99'],
    [positive, '0'],
    [seconds, '0'],
    [seconds, '1m'],
    [seconds, '1e9'],
    [extraDeviceList, 'isa-debug-exit,iobase=0xf4'],
    [exitStatus, '256'],
    [exitStatus, '-1'],
    [expectation, ''],
    [expectation, '/(/'],
    [expectation, '/a/q'],
    [subarch, '0x100000000'],
    [subarch, '1:'],
    [subarch, '1:0x10000000000000000'],
    [cpuOptions, 'qemu64'],
    [cpuOptions, 'toString'],
    [cpuOptions, '+avx512'],
    [cpuOptions, 'vendor=MoreThanTwelve'],
    [cpuOptions, 'model=x'],
    [cpuOptions, 'speed=5'],
  ])('%o %s', (parse: (text: string) => unknown, text) =>
    expect(() => parse(text)).toThrow(InvalidArgumentError));
});
