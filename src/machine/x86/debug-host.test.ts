import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { CR0, CR4 } from '../../abi/x86/control-registers.js';
import { FLAG } from '../../abi/x86/flags.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { setSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

/** What a processor said to the code of tools/oracle/debug/cases.ts; recorded by record.ts next to it. */
const record = JSON.parse(
  readFileSync(new URL('../../../test/machine/fixtures/debug.json', import.meta.url), 'utf8'),
) as {
  processor: string;
  cases: { name: string; code: string; flags: number; dr: number[]; dr7: number; events: string[] }[];
};

const code = 0x80000;
const data = 0x90000;
const stack = 0x98000;

/** What Linux makes of an exception. */
function signal(vector: number): number {
  return vector === VECTOR.DB ? 5 : vector === VECTOR.AC ? 7 : 11;
}

/** Runs a case at level 3; its events as host.c writes them. */
function events({ code: text, flags, dr, dr7 }: (typeof record.cases)[number]): string[] {
  const guest = new Guest('long');
  const { cpu } = guest;
  for (let page = 0; page < 0x200000; page += 4096) {
    const user = page === code || page === data || page === data + 4096 || page === stack;
    guest.page(page, BigInt(page) | (user ? 7n : 3n));
  }
  guest.put(code, text.replace(/../g, '$& '));
  guest.put(place.code, '48 cf');
  cpu.setCr0(cpu.cr0 | CR0.AM);
  cpu.setCr4(cpu.cr4 | CR4.OSFXSR | CR4.DE);
  setSegment(cpu, segmentIndex.cs, {
    selector: selector.user64,
    base: 0n,
    limit: 0xffffffff,
    access: 0xaffb,
  });
  setSegment(cpu, segmentIndex.ss, {
    selector: selector.userData,
    base: 0n,
    limit: 0xffffffff,
    access: 0xcff3,
  });
  cpu.setCpl(3);
  cpu.gpr[4] = BigInt(stack + 0x800);
  cpu.rip = BigInt(code);
  cpu.flags = 0x202 | flags;
  for (const [n, address] of dr.entries()) cpu.debug[n] = BigInt(address);
  cpu.debug[7] = BigInt(dr7 >>> 0);
  cpu.breakpoints.update();
  const seen: string[] = [];
  let last: number = VECTOR.DB;
  cpu.onDeliver.push((vector) => {
    last = vector;
    const hits = vector === VECTOR.DB ? cpu.debug[6]! & 0x400fn : 0n;
    const values = [BigInt.asUintN(64, cpu.rip - BigInt(code)), hits, cpu.gpr[1]!, cpu.gpr[6]!, cpu.gpr[7]!];
    seen.push(`${signal(vector)}:${values.map((value) => value.toString(16)).join(':')}`);
  });
  while (last === VECTOR.DB && seen.length < 40) {
    guest.run();
    expect(cpu.halted).toBe(true);
    // Linux sets RF after a breakpoint on an instruction.
    const executed = [0, 1, 2, 3].some(
      (n) => (cpu.debug[6]! >> BigInt(n)) & 1n && !((dr7 >> (16 + 4 * n)) & 3),
    );
    const frame = Number(cpu.gpr[4]!) + 16;
    if (executed) guest.write32(frame, guest.read32(frame) | FLAG.RF);
    cpu.debug[6] = 0n;
    cpu.halted = false;
    cpu.rip = BigInt(place.code);
  }
  return seen;
}

test.each(record.cases)('$name', (one) => {
  expect(events(one)).toEqual(one.events);
});
