import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { state } from './fields.js';

/** Keeps every selector, in code of either width, at privilege level 0. */
export function keepSelectors(a: Assembler): void {
  keepSegmentSelectors(a);
  a.code.str(state('tr'));
  a.code.sldt(state('ldtr'));
}

/** Keeps the selectors that can be read at any privilege level. */
export function keepSegmentSelectors(a: Assembler): void {
  const { code: c } = a;
  for (const [name, register] of [
    ['cs', o.CS],
    ['ds', o.DS],
    ['es', o.ES],
    ['ss', o.SS],
    ['fs', o.FS],
    ['gs', o.GS],
  ] as const) {
    c.mov(state(name), register);
  }
}
