import { describe, expect, test } from 'vitest';
import { asm64 } from '../../../test/craft/assemble.js';
import { Guest, place } from '../../../test/machine/guest.js';
import { CR4 } from '../../abi/x86/control-registers.js';

const GLOBAL = 0x100;
const page = 0x100000;
/** What the page is mapped to, before and after. */
const frames = [0x101000, 0x102000] as const;

/** A guest in long mode whose `page` is mapped to the first frame. */
function guestWith(bits: number, pge: boolean): { guest: Guest; map: (frame: number) => void } {
  const guest = new Guest('long');
  const { cpu } = guest;
  cpu.gpr[4] = 0x20000n;
  if (pge) cpu.setCr4(cpu.cr4 | CR4.PGE);
  const entry = place.tables + 0x3000 + (page >> 12) * 8;
  const map = (frame: number): void => guest.write64(entry, BigInt(frame | 0x67 | bits));
  map(frames[0]);
  guest.page(place.code, BigInt(place.code | 0x67 | bits));
  return { guest, map };
}

const load = `mov eax, [${page}]`;
const flush = {
  'MOV CR3': 'mov rdx, cr3; mov cr3, rdx',
  'CR4.PGE twice': 'mov rdx, cr4; btc edx, 7; mov cr4, rdx; btc edx, 7; mov cr4, rdx',
  INVLPG: `invlpg [${page}]`,
} as const;

/** Runs code, or what lies there, at an address until HLT. */
function runAt(guest: Guest, address: number, ...source: string[]): void {
  if (source.length) guest.put(address, asm64(source.join('; ')));
  guest.cpu.halted = false;
  guest.cpu.rip = BigInt(address);
  expect(guest.run()).toBe('halt');
}

/** Number of the frame whose data a load finds behind a flush that follows a change of the mapping. */
function seen(bits: number, pge: boolean, how: keyof typeof flush): number {
  const { guest, map } = guestWith(bits, pge);
  guest.write32(frames[0], 0);
  guest.write32(frames[1], 1);
  runAt(guest, 0x8000, load, 'hlt');
  map(frames[1]);
  runAt(guest, 0x8100, flush[how], load, 'hlt');
  return Number(guest.cpu.gpr[0]);
}

describe('global pages (Intel SDM vol. 3, §4.10.2.4)', () => {
  test('a load of CR3 leaves them in the TLB, and no other page', () => {
    expect(seen(GLOBAL, true, 'MOV CR3')).toBe(0);
    expect(seen(0, true, 'MOV CR3')).toBe(1);
    // Without CR4.PGE the bit means nothing.
    expect(seen(GLOBAL, false, 'MOV CR3')).toBe(1);
  });

  test('INVLPG and a change of CR4.PGE do not', () => {
    for (const bits of [0, GLOBAL]) {
      expect(seen(bits, true, 'INVLPG')).toBe(1);
      expect(seen(bits, true, 'CR4.PGE twice')).toBe(1);
    }
  });

  test.each(Object.keys(flush) as (keyof typeof flush)[])('code behaves the same: %s', (how) => {
    for (const bits of [0, GLOBAL]) {
      const { guest, map } = guestWith(bits, true);
      guest.put(frames[0], asm64('mov eax, 0; ret'));
      guest.put(frames[1], asm64('mov eax, 1; ret'));
      // The first time links the call, the second time follows the link.
      runAt(guest, 0x8000, `call . + ${page - 0x8000}`, 'hlt');
      runAt(guest, 0x8000);
      expect(guest.cpu.gpr[0]).toBe(0n);
      map(frames[1]);
      runAt(guest, 0x8100, flush[how], 'hlt');
      runAt(guest, 0x8000);
      expect(guest.cpu.gpr[0]).toBe(bits === GLOBAL && how === 'MOV CR3' ? 0n : 1n);
    }
  });
});
