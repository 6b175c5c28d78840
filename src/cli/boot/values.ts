import { InvalidArgumentError } from 'commander';
import type { Expectation } from '../../boot/expectations.js';
import { entries } from '../../entry/entries.js';
import type { EntryId } from '../../entry/entry.js';
import type { Variation } from '../../entry/start/vary/choice.js';
import { type ExtraDevice, extraDeviceIds } from '../../machine/chipset/extra-devices.js';
import { type PlatformId, platformIds } from '../../platform/platform.js';
import { invalidName } from '../choice.js';

const entryIds = entries.map(({ id }) => id);

/** An entry by its id. */
export function entryId(text: string): EntryId {
  const entry = entryIds.find((id) => id === text);
  if (!entry) throw invalidName(text, 'entries', entryIds);
  return entry;
}

/** A platform by its id. */
export function platformId(text: string): PlatformId {
  const platform = platformIds.find((id) => id === text);
  if (!platform) throw invalidName(text, 'platforms', platformIds);
  return platform;
}

/** Several values between commas, behind those given before. */
const several =
  <T>(one: (text: string) => T) =>
  (text: string, before: T[] = []): T[] => [...before, ...text.split(',').map(one)];

export const entryList = several(entryId);
export const platformList = several(platformId);
export const nameList = several((text) => text);

/** Devices to plug in, behind those named before. */
export function extraDeviceList(text: string, before: readonly ExtraDevice[] = []): ExtraDevice[] {
  const devices = text.split(',').map((name) => {
    const device = extraDeviceIds.find((id) => id === name);
    if (!device) throw invalidName(name, 'devices', extraDeviceIds);
    return device;
  });
  return [...before, ...devices];
}

/** Memory in MiB: `512`, `512M` or `2G`. */
export function mebibytes(text: string): number {
  const [, digits, unit] = /^(\d+)(?:([MG])(?:iB)?)?$/i.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It is a number of MiB, as in 512, 512M or 2G.');
  return Number(digits) * (unit?.toUpperCase() === 'G' ? 1024 : 1);
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A count of instructions: `20000000`, `500M`, `20G` or `2e9`. */
export function instructionCount(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?(?:e\d+)?)([kmg]?)$/i.exec(text) ?? [];
  const value = Number(digits) * factors[unit.toLowerCase()]!;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It is a number of instructions, as in 500M, 20G or 2e9.');
  }
  return value;
}

/** How many of something at a time. */
export function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1024)
    throw new InvalidArgumentError('It is a number from 1 on.');
  return value;
}

/** How long something may take, in seconds: `90` or `0.5`. */
export function seconds(text: string): number {
  const value = Number(text);
  // The host's timers take 31 bits of milliseconds.
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 2e6) {
    throw new InvalidArgumentError('It is a number of seconds, as in 90 or 0.5.');
  }
  return value;
}

/** A process's exit status. */
export function exitStatus(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 255) throw new InvalidArgumentError('It is a number from 0 to 255.');
  return value;
}

/** What a guest is to say: a text, or a regular expression between slashes. */
export function expectation(text: string): Expectation {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (source === undefined) {
    if (text === '') throw new InvalidArgumentError('It is a text, or a /regular expression/.');
    return text;
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** hardware_subarch and its data: `2` or `2:0x1000`. */
export function subarch(text: string): { subarch: number; subarchData: bigint } {
  const [, number, data = '0'] = /^(\d+|0x[0-9a-f]+)(?::(\d+|0x[0-9a-f]+))?$/i.exec(text) ?? [];
  if (number === undefined || Number(number) > 0xffffffff || BigInt(data) >= 1n << 64n) {
    throw new InvalidArgumentError('It is N or N:DATA, a 32-bit and a 64-bit number, as in 2 or 2:0x1000.');
  }
  return { subarch: Number(number), subarchData: BigInt(data) };
}

/** A variation of the start of day: a seed, and choices or families of them: `1` or `7:rdx,memory`. */
export function variation(text: string): Variation {
  const [, seed, names] = /^(\d+)(?::([a-z0-9,-]+))?$/.exec(text) ?? [];
  if (seed === undefined || !isSeed(Number(seed))) {
    throw new InvalidArgumentError(
      'It is SEED or SEED:CHOICE,CHOICE, a number from 1 on and names, as in 1 or 7:rdx,memory.',
    );
  }
  return { seed: Number(seed), choices: names?.split(',').filter((name) => name !== '') };
}

/** Variations with so many seeds, from that one on: `1` or `1,20`. */
export function seeds(text: string): { seed: number; count: number } {
  const [, seed, count = '1'] = /^(\d+)(?:,(\d+))?$/.exec(text) ?? [];
  if (!isSeed(Number(seed)) || Number(count) < 1 || Number(count) > 10_000) {
    throw new InvalidArgumentError('It is SEED or SEED,N, numbers from 1 on, as in 1 or 1,20.');
  }
  return { seed: Number(seed), count: Number(count) };
}

const isSeed = (value: number): boolean => value >= 1 && value <= 0xffffffff;
