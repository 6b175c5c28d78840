import { expect, test } from 'vitest';
import { compiledName, lastingName, wholeName } from './compiled-name.js';

test.each([
  ['setup_arch', 'setup_arch', 'setup_arch', 'setup_arch'],
  ['f.isra.0', 'f', 'f', 'f'],
  ['f.constprop.0.isra.0', 'f', 'f', 'f'],
  ['f.lto_priv.12', 'f', 'f', 'f'],
  ['f.llvm.123456789', 'f', 'f', 'f'],
  ['f.localalias', 'f', 'f', 'f'],
  ['f.part.0', 'f.part.0', 'f', 'f'],
  ['f.part.0.isra.0', 'f.part.0', 'f', 'f'],
  ['f.cold', 'f.cold', 'f', 'f'],
  ['f.isra.0.cold', 'f.isra.0.cold', 'f', 'f'],
  ['__func__.4711', '__func__.4711', '__func__.4711', '__func__'],
  ['cold.h', 'cold.h', 'cold.h', 'cold.h'],
  ['f.cold_start', 'f.cold_start', 'f.cold_start', 'f.cold_start'],
])('%s', (name, whole, compiled, lasting) => {
  expect([wholeName(name), compiledName(name), lastingName(name)]).toEqual([whole, compiled, lasting]);
});
