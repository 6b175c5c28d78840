import { describe, expect, test } from 'vitest';
import { asm16, asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { o, putCode, type Write } from '../../../test/machine/guest-code.js';
import { MSR } from '../../abi/x86/msr.js';
import { getSegment, setSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

const { imm, mem } = o;

/** What AMD's processors keep of a segment that Intel's load anew. */

const AMD = { vendor: 'AuthenticAMD' };
const ZEN3 = { ...AMD, family: 0x19 };
const INTEL = { vendor: 'GenuineIntel' };

describe('a null selector', () => {
  const base = 0x6000n;
  const nulls: Record<string, Write> = {
    'MOV FS': (c) => {
      c.xor(o.EAX, o.EAX);
      c.mov(o.FS, o.AX);
    },
    'MOV FS, RPL 3': (c) => {
      c.mov(o.EAX, imm(3));
      c.mov(o.FS, o.AX);
    },
    'POP FS': (c) => {
      c.push(imm(0));
      c.pop(o.FS);
    },
    LFS: (c) => c.lfs(o.EAX, mem(o.RSI)),
  };

  test.each(
    Object.entries(nulls),
  )('%s: base and limit stay on AMD, unless CPUID says that they go', (_, write) => {
    const left = (options: object): readonly bigint[] => {
      const guest = new Guest('long', options);
      setSegment(guest.cpu, segmentIndex.fs, {
        selector: selector.data32,
        base,
        limit: 0xfffff,
        access: 0xc093,
      });
      guest.cpu.gpr[6] = 0x7000n;
      putCode(guest, (c, a) => {
        write(c, a);
        c.hlt();
      });
      guest.run();
      expect(guest.delivered).toEqual([]);
      const { base: address, limit, access } = getSegment(guest.cpu, segmentIndex.fs);
      return [address, BigInt(limit), BigInt(access & 0x80)];
    };
    expect(left(AMD)).toEqual([base, 0xfffffn, 0n]);
    expect(left(ZEN3)).toEqual([0n, 0n, 0n]);
    expect(left(INTEL)).toEqual([0n, 0n, 0n]);
  });

  test('64-bit code goes on with the base that was left; 32-bit code cannot use the segment', () => {
    const long = (options: object): number => {
      const guest = new Guest('long', options);
      setSegment(guest.cpu, segmentIndex.gs, { selector: selector.data32, base, limit: -1, access: 0xc093 });
      guest.write32(0x6010, 0x1234);
      guest.write32(0x10, 0x5678);
      guest.cpu.gpr[6] = 0x10n;
      guest.run(asm64('xor eax, eax; mov gs, eax; mov ebx, gs:[rsi]; hlt'));
      return Number(guest.cpu.gpr[3]);
    };
    expect([long(AMD), long(INTEL)]).toEqual([0x1234, 0x5678]);
    const guest = new Guest('protected', AMD);
    guest.run(asm32('xor eax, eax; mov gs, eax; mov ebx, gs:[esi]; hlt'));
    expect(guest.delivered).toMatchObject([{ vector: 13, errorCode: 0 }]);
  });
});

describe('SYSRET', () => {
  const target = place.code + 0x80;

  /** An interrupt from level 3 leaves SS null; SYSRET to 32-bit code that pushes. */
  const back = (options: object, star: number = selector.user32): Guest => {
    const guest = new Guest('long', options);
    const { cpu } = guest;
    cpu.msr.set(MSR.STAR, BigInt(star) << 48n);
    setSegment(cpu, segmentIndex.ss, { selector: 0, base: 0n, limit: 0, access: 0 });
    putCode(guest, (c) => {
      c.mov(o.ECX, imm(target));
      c.mov(o.R11, imm(2));
      c.sysret();
    });
    putCode(
      guest,
      (c) => {
        c.push(o.EAX);
        c.mov(o.EAX, o.SS);
        c.ud2();
      },
      { at: target, bits: 32 },
    );
    guest.run();
    return guest;
  };

  test('to 32-bit code with an unusable SS: #SS on AMD', () => {
    expect(back(AMD).delivered).toMatchObject([{ vector: 12, errorCode: 0 }]);
    expect(back(INTEL).delivered).toMatchObject([{ vector: 6 }]);
  });

  test('the selector of SS is what STAR has, on Intel with RPL 3', () => {
    // What the fault pushed.
    expect(back(AMD, selector.user32 & ~3).stack(6, 8)[5]).toBe(BigInt(selector.userData & ~3));
    expect(back(INTEL, selector.user32 & ~3).stack(5, 8)[4]).toBe(BigInt(selector.userData));
  });

  test('in real mode: #GP on AMD, #UD on Intel', () => {
    const vectors = (options: object): number[] => {
      const guest = new Guest('real', options);
      guest.cpu.setEfer(1);
      guest.run(asm16('sysret'));
      return guest.delivered.map(({ vector }) => vector);
    };
    expect([vectors(AMD), vectors(INTEL)]).toEqual([[13], [6]]);
  });
});
