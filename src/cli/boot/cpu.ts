import { InvalidArgumentError } from 'commander';
import {
  type CpuidFeature,
  type CpuidOptions,
  type CpuidProfile,
  cpuidFeatures,
  cpuidProfiles,
} from '../../machine/x86/cpuid.js';
import { invalidName } from '../choice.js';

const vendors: Readonly<Record<string, string>> = { amd: 'AuthenticAMD', intel: 'GenuineIntel' };
const numbers = ['family', 'model', 'stepping'] as const;

/** A processor: `PROFILE[,vendor=intel][,family=N][,model=N][,stepping=N][,+FEATURE][,-FEATURE]`; any part may be missing. */
export function cpuOptions(text: string): CpuidOptions {
  const options: { -readonly [key in keyof CpuidOptions]: CpuidOptions[key] } = {};
  const add: CpuidFeature[] = [];
  const remove: CpuidFeature[] = [];
  for (const part of text.split(',')) {
    const [name, value] = part.split(/=(.*)/s) as [string, string | undefined];
    if (value === undefined && part.startsWith('+')) add.push(feature(part.slice(1)));
    else if (value === undefined && part.startsWith('-')) remove.push(feature(part.slice(1)));
    else if (value === undefined) options.profile = profile(part);
    else if (name === 'vendor') options.vendor = vendor(value);
    else options[numberOption(name)] = number(name, value);
  }
  return { ...options, add, remove };
}

function profile(text: string): CpuidProfile {
  if (Object.hasOwn(cpuidProfiles, text)) return text as CpuidProfile;
  throw invalidName(text, 'profiles', Object.keys(cpuidProfiles));
}

function feature(text: string): CpuidFeature {
  if (Object.hasOwn(cpuidFeatures, text)) return text as CpuidFeature;
  throw invalidName(text, 'features', Object.keys(cpuidFeatures));
}

function vendor(text: string): string {
  const name = vendors[text.toLowerCase()] ?? text;
  if (/^[\x20-\x7e]{1,12}$/.test(name)) return name;
  throw new InvalidArgumentError('The vendor is amd, intel, or up to 12 characters.');
}

function numberOption(name: string): (typeof numbers)[number] {
  const known = numbers.find((one) => one === name);
  if (known) return known;
  throw new InvalidArgumentError(`It can be given vendor, ${numbers.join(', ')}, +FEATURE and -FEATURE.`);
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text) && value <= 0xff) return value;
  throw new InvalidArgumentError(`The ${name} is a number up to 255.`);
}
