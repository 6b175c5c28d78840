import { describe, expect, test } from 'vitest';
import { asm16, asm32, asm64 } from '../../../../test/craft/assemble.js';
import { Guest, place } from '../../../../test/machine/guest.js';
import { CR0, CR4 } from '../../../abi/x86/control-registers.js';
import { state } from '../state.js';

const MEMORY = 0x40000;

function guest(cr0 = 0): Guest {
  const made = new Guest('protected');
  made.cpu.setCr0(made.cpu.cr0 | cr0);
  return made;
}
const word = (g: Guest, at: number): number => g.cpu.memory.i32[at >> 2]!;
const status = (g: Guest): number => word(g, state.fpuStatus);
const put64 = (g: Guest, address: number, value: number): void => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  g.write64(address, view.getBigUint64(0, true));
};

test('Linux’s check for the Pentium’s division bug finds none', () => {
  // As fpu__init_check_bugs does it.
  const g = guest();
  put64(g, MEMORY, 4195835);
  put64(g, MEMORY + 8, 3145727);
  g.run(
    asm32(
      `fninit; fld qword ptr [${MEMORY}]; fdiv qword ptr [${MEMORY + 8}]; fmul qword ptr [${MEMORY + 8}]`,
    ),
    asm32(`fld qword ptr [${MEMORY}]; fsubp; fistp dword ptr [${MEMORY + 16}]; fwait; fninit; hlt`),
  );
  expect(g.read32(MEMORY + 16)).toBe(0);
  expect(status(g)).toBe(0);
  expect(word(g, state.fpuControl)).toBe(0x37f);
  expect(word(g, state.fpuTag)).toBe(0);
});

test('FNSTSW AX after FNINIT, FNSTCW, FLDCW', () => {
  const g = guest();
  g.cpu.gpr[0] = 0xffffn;
  g.run(
    asm32(`fninit; fnstsw ax; fnstcw [${MEMORY}]`),
    asm32(`and word ptr [${MEMORY}], 0xf0ff; fldcw [${MEMORY}]; fnstcw [${MEMORY + 4}]; hlt`),
  );
  expect(g.cpu.gpr[0]).toBe(0n);
  expect(g.read32(MEMORY + 4) & 0xffff).toBe(0x7f);
});

describe('availability', () => {
  test.each([
    ['CR0.EM', CR0.EM, 'fld1', 7],
    ['CR0.TS', CR0.TS, 'fld1', 7],
    ['CR0.TS, control', CR0.TS, 'fninit', 7],
    ['FWAIT, TS alone', CR0.TS, 'fwait; hlt', undefined],
    ['FWAIT, EM alone', CR0.EM | CR0.MP, 'fwait; hlt', undefined],
    ['FWAIT, TS and MP', CR0.TS | CR0.MP, 'fwait; hlt', 7],
    ['MMX, CR0.EM', CR0.EM, 'paddb mm0, mm1', 6],
    ['MMX, CR0.TS', CR0.TS, 'paddb mm0, mm1', 7],
    ['EMMS, CR0.TS', CR0.TS, 'emms', 7],
  ])('%s', (_, cr0, code, vector) => {
    const g = guest(cr0);
    g.run(asm32(code));
    expect(g.haltedIn).toBe(vector);
  });

  test('#NM comes before the fault of the segment', () => {
    const g = guest(CR0.TS);
    g.run(asm32('xor eax, eax; mov gs, eax; fld dword ptr gs:[0]'));
    expect(g.haltedIn).toBe(7);
  });
});

describe('an unmasked exception', () => {
  const unmask = `mov dword ptr [${MEMORY}], 0x37b; fldcw [${MEMORY}]`;
  const inverse = 'fldz; fld1; fdiv st, st(1)';
  /** 1 / 0: pending, ST(0) still 1. */
  const divide = `fninit; ${unmask}; ${inverse}`;

  test('is raised by the next waiting instruction', () => {
    const g = guest();
    g.run(asm32(`${divide}; nop; nop; fld1`));
    expect(g.haltedIn).toBe(16);
    expect(g.stack(1, 4)).toEqual([BigInt(place.code + 26)]);
    expect(status(g) & 0x80ff).toBe(0x8084);
  });

  test('not by control instructions that do not wait; FNCLEX clears it', () => {
    const g = guest();
    g.run(asm32(`${divide}; fnstsw ax; fnclex; fld1; hlt`));
    expect(g.haltedIn).toBeUndefined();
    expect(Number(g.cpu.gpr[0]! & 0x80ffn)).toBe(0x8084);
    expect(status(g) & 0x80ff).toBe(0);
  });

  test('is raised by FWAIT and by MMX instructions', () => {
    for (const next of ['fwait', 'paddb mm0, mm1', 'emms']) {
      const g = guest();
      g.run(asm32(`${divide}; ${next}`));
      expect(g.haltedIn).toBe(16);
    }
  });

  test('is ignored with CR0.NE clear', () => {
    const g = guest();
    g.cpu.setCr0(g.cpu.cr0 & ~CR0.NE);
    g.run(asm32(`${divide}; fwait; fld1; hlt`));
    expect(g.haltedIn).toBeUndefined();
  });

  test('becomes pending when FLDCW unmasks it', () => {
    const g = guest();
    // FLDCW itself does not fault, the next does.
    g.run(asm32(`fninit; ${inverse}; ${unmask}; fld1`));
    expect(g.haltedIn).toBe(16);
    expect(g.stack(1, 4)).toEqual([BigInt(place.code + 24)]);
  });
});

describe('the environment', () => {
  test('FNSTENV in protected mode: pointers of the last instruction with an operand', () => {
    const g = guest();
    put64(g, MEMORY, 1.5);
    const at = MEMORY + 0x20;
    g.run(asm32(`fninit; fld qword ptr [${MEMORY}]; fnstenv [${at}]; hlt`));
    expect(g.read32(at) & 0xffff).toBe(0x37f);
    expect(g.read32(at + 4) & 0xffff).toBe(0x3800);
    expect(g.read32(at + 8) & 0xffff).toBe(0x3fff);
    expect(g.read32(at + 12)).toBe(place.code + 2);
    expect((g.read32(at + 16) >>> 16) & 0x7ff).toBe(0x505);
    expect(g.read32(at + 20)).toBe(MEMORY);
    // All exceptions are masked after it.
    expect(word(g, state.fpuControl) & 0x3f).toBe(0x3f);
  });

  test('FNSAVE and FRSTOR bring everything back; FNSAVE initialises', () => {
    const g = guest();
    g.run(asm32(`fninit; fld1; fldpi; fldz; fnsave [${MEMORY}]; frstor [${MEMORY}]; hlt`));
    expect(status(g)).toBe(5 << 11);
    expect(word(g, state.fpuTag)).toBe(0xe0);
    expect(g.cpu.memory.view.getBigUint64(state.fpr + 6 * 16, true)).toBe(0xc90fdaa22168c235n);
    // Tags: ST(0) zero, the other two valid.
    expect(g.read32(MEMORY + 8) & 0xffff).toBe(0x07ff);
  });

  test('16-bit real mode: linear pointers', () => {
    const g = new Guest('real');
    g.write32(0x500, 0x3fc00000);
    g.run(asm16('fninit; fld dword ptr [0x500]; fnstenv [0x600]; hlt'));
    const field = (n: number): number => g.cpu.memory.guestView.getUint16(0x600 + 2 * n, true);
    expect(field(3)).toBe(place.code + 2);
    expect(field(4)).toBe(0x106);
    expect(field(5)).toBe(0x500);
    expect(field(6)).toBe(0);
  });
});

describe('SSE', () => {
  const ready = (cr4 = CR4.OSFXSR | CR4.OSXMMEXCPT): Guest => {
    const g = new Guest('long');
    g.cpu.setCr4(g.cpu.cr4 | cr4);
    return g;
  };

  test.each([
    ['without CR4.OSFXSR', 0, 0, 'movaps xmm0, xmm1', 6],
    ['with CR0.EM', CR4.OSFXSR, CR0.EM, 'movaps xmm0, xmm1', 6],
    ['with CR0.TS', CR4.OSFXSR, CR0.TS, 'movaps xmm0, xmm1', 7],
    ['with CR0.TS, before a fault of its operand', CR4.OSFXSR, CR0.TS, 'movaps xmm0, [1]', 7],
    ['ready', CR4.OSFXSR, 0, 'movaps xmm0, xmm1; hlt', undefined],
    ['an operand that is not aligned', CR4.OSFXSR, 0, `movaps xmm0, [${MEMORY + 1}]`, 13],
    ['one that need not be', CR4.OSFXSR, 0, `movups xmm0, [${MEMORY + 1}]; hlt`, undefined],
  ])('%s', (_, cr4, cr0, code, vector) => {
    const g = ready(cr4);
    g.cpu.setCr0(g.cpu.cr0 | cr0);
    g.run(asm64(code));
    expect(g.haltedIn).toBe(vector);
  });

  test('an unmasked exception is #XM, without CR4.OSXMMEXCPT #UD; the destination stays', () => {
    for (const [cr4, vector] of [
      [CR4.OSFXSR | CR4.OSXMMEXCPT, 19],
      [CR4.OSFXSR, 6],
    ] as const) {
      const g = ready(cr4);
      const { view } = g.cpu.memory;
      view.setUint32(state.mxcsr, 0x1f80 & ~0x200, true);
      view.setFloat32(state.xmm, 1, true);
      g.run(asm64('divss xmm0, xmm1'));
      expect(g.haltedIn).toBe(vector);
      expect(view.getFloat32(state.xmm, true)).toBe(1);
      expect(view.getUint32(state.mxcsr, true) & 0x3f).toBe(4);
    }
  });

  test('setting and clearing CR0.TS takes effect in the same block', () => {
    const g = ready();
    g.run(asm64(`mov rax, cr0; or eax, ${CR0.TS}; mov cr0, rax; addps xmm0, xmm1`));
    expect(g.haltedIn).toBe(7);
    expect(g.stack(1, 8)).toEqual([BigInt(place.code + 9)]);
  });
});
