import { expect, test } from 'vitest';
import { asm32 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { CR0 } from '../../abi/x86/control-registers.js';
import { FLAG } from '../../abi/x86/flags.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { setSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

// Which instructions check what is in debug-host.test.ts, against a processor.

/** A guest that reads a doubleword at an odd address. */
function misaligned(options: { am: boolean; ac: boolean; user: boolean }): Guest {
  const guest = new Guest('protected');
  const { cpu } = guest;
  if (options.am) cpu.setCr0(cpu.cr0 | CR0.AM);
  if (options.user) {
    setSegment(cpu, segmentIndex.cs, {
      selector: selector.user32,
      base: 0n,
      limit: 0xffffffff,
      access: 0xcffb,
    });
    setSegment(cpu, segmentIndex.ss, {
      selector: selector.userData,
      base: 0n,
      limit: 0xffffffff,
      access: 0xcff3,
    });
    cpu.setCpl(3);
  }
  cpu.flags = options.ac ? FLAG.AC | 2 : 2;
  guest.put(place.code, asm32('mov eax, [0x15001]; int 0x40'));
  guest.gate32(0x40, { offset: place.handlers + 0x400, dpl: 3 });
  guest.run();
  return guest;
}

test('#AC(0) with CR0.AM and EFLAGS.AC at level 3', () => {
  const guest = misaligned({ am: true, ac: true, user: true });
  expect(guest.delivered).toEqual([{ vector: VECTOR.AC, errorCode: 0, kind: 'exception' }]);
  expect(guest.stack(2, 4)).toEqual([0n, BigInt(place.code)]);
});

test.each([
  { am: false, ac: true, user: true },
  { am: true, ac: false, user: true },
  { am: true, ac: true, user: false },
])('not with %o', (options) => {
  expect(misaligned(options).haltedIn).toBe(0x40);
});

test('what the processor itself reads and pushes is not checked', () => {
  const guest = new Guest('protected');
  const { cpu } = guest;
  cpu.setCr0(cpu.cr0 | CR0.AM);
  // A stack for level 0 at an odd address.
  guest.write32(place.tss + 4, place.stack0 - 1);
  setSegment(cpu, segmentIndex.cs, {
    selector: selector.user32,
    base: 0n,
    limit: 0xffffffff,
    access: 0xcffb,
  });
  setSegment(cpu, segmentIndex.ss, {
    selector: selector.userData,
    base: 0n,
    limit: 0xffffffff,
    access: 0xcff3,
  });
  cpu.setCpl(3);
  cpu.flags = FLAG.AC | 2;
  guest.run(asm32('hlt'));
  expect(guest.delivered.map(({ vector }) => vector)).toEqual([VECTOR.GP]);
});

test('#AC while #AC is delivered to level 3, without end, is a shutdown', () => {
  const guest = new Guest('protected');
  const { cpu } = guest;
  cpu.setCr0(cpu.cr0 | CR0.AM);
  guest.gate32(VECTOR.AC, { offset: place.handlers, code: selector.user32 & ~3 });
  setSegment(cpu, segmentIndex.cs, {
    selector: selector.user32,
    base: 0n,
    limit: 0xffffffff,
    access: 0xcffb,
  });
  setSegment(cpu, segmentIndex.ss, {
    selector: selector.userData,
    base: 0n,
    limit: 0xffffffff,
    access: 0xcff3,
  });
  cpu.setCpl(3);
  cpu.gpr[4] = BigInt(place.stack3 - 1);
  cpu.flags = FLAG.AC | 2;
  expect(guest.run(asm32('push eax'))).toBe('shutdown');
});
