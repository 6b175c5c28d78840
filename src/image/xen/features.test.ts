import { expect, test } from 'vitest';
import { featureNames, parseFeatures } from './features.js';

test('a required feature is supported too', () => {
  expect(parseFeatures('!writable_page_tables|pae_pgdir_above_4gb')).toEqual({
    supported: ['writable_page_tables', 'pae_pgdir_above_4gb'],
    required: ['writable_page_tables'],
    unknown: [],
  });
});

test('names libelf does not parse are kept apart, with their "!"', () => {
  expect(parseFeatures('linux_rsdp_unrestricted|!made_up|dom0')).toEqual({
    supported: ['dom0'],
    required: [],
    unknown: ['linux_rsdp_unrestricted', '!made_up'],
  });
});

test('an empty string states nothing', () => {
  expect(parseFeatures('')).toEqual({ supported: [], required: [], unknown: [] });
});

test('names the bits of SUPPORTED_FEATURES, and those that have no name', () => {
  expect(featureNames(0x8801)).toEqual(['writable_page_tables', 'dom0', 'linux_rsdp_unrestricted']);
  expect(featureNames(0x80000000)).toEqual(['bit 31']);
});
