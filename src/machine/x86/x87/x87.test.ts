import { describe, expect, test } from 'vitest';
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
  // fpu__init_check_bugs: fninit; fldl x; fdivl y; fmull y; fldl x; fsubp; fistpl; fwait; fninit.
  const g = guest();
  put64(g, MEMORY, 4195835);
  put64(g, MEMORY + 8, 3145727);
  g.run(
    'db e3 dd 05 00 00 04 00 dc 35 08 00 04 00 dc 0d 08 00 04 00',
    'dd 05 00 00 04 00 de e9 db 1d 10 00 04 00 9b db e3 f4',
  );
  expect(g.read32(MEMORY + 16)).toBe(0);
  expect(status(g)).toBe(0);
  expect(word(g, state.fpuControl)).toBe(0x37f);
  expect(word(g, state.fpuTag)).toBe(0);
});

test('FNSTSW AX after FNINIT, FNSTCW, FLDCW', () => {
  const g = guest();
  g.cpu.gpr[0] = 0xffffn;
  // fninit; fnstsw ax; fnstcw [m]; and word [m], 0xf0ff; fldcw [m]; fnstcw [m+4]; hlt
  g.run('db e3 df e0 d9 3d 00 00 04 00 66 81 25 00 00 04 00 ff f0 d9 2d 00 00 04 00 d9 3d 04 00 04 00 f4');
  expect(g.cpu.gpr[0]).toBe(0n);
  expect(g.read32(MEMORY + 4) & 0xffff).toBe(0x7f);
});

describe('availability', () => {
  test.each([
    ['CR0.EM', CR0.EM, 'd9 e8', 7],
    ['CR0.TS', CR0.TS, 'd9 e8', 7],
    ['CR0.TS, control', CR0.TS, 'db e3', 7],
    ['FWAIT, TS alone', CR0.TS, '9b f4', undefined],
    ['FWAIT, EM alone', CR0.EM | CR0.MP, '9b f4', undefined],
    ['FWAIT, TS and MP', CR0.TS | CR0.MP, '9b f4', 7],
    ['MMX, CR0.EM', CR0.EM, '0f fc c1', 6],
    ['MMX, CR0.TS', CR0.TS, '0f fc c1', 7],
    ['EMMS, CR0.TS', CR0.TS, '0f 77', 7],
  ])('%s', (_, cr0, code, vector) => {
    const g = guest(cr0);
    g.run(code);
    expect(g.haltedIn).toBe(vector);
  });

  test('#NM comes before the fault of the segment', () => {
    const g = guest(CR0.TS);
    // mov gs, 0; fld dword gs:[0]
    g.run('31 c0 8e e8 65 d9 05 00 00 00 00');
    expect(g.haltedIn).toBe(7);
  });
});

describe('an unmasked exception', () => {
  /** fninit; unmask division by zero; 1 / 0: pending, ST(0) still 1. */
  const divide = 'db e3 c7 05 00 00 04 00 7b 03 00 00 d9 2d 00 00 04 00 d9 ee d9 e8 d8 f1';

  test('is raised by the next waiting instruction', () => {
    const g = guest();
    g.run(`${divide} 90 90 d9 e8`);
    expect(g.haltedIn).toBe(16);
    expect(g.stack(1, 4)).toEqual([BigInt(place.code + 26)]);
    expect(status(g) & 0x80ff).toBe(0x8084);
  });

  test('not by control instructions that do not wait; FNCLEX clears it', () => {
    const g = guest();
    g.run(`${divide} df e0 db e2 d9 e8 f4`);
    expect(g.haltedIn).toBeUndefined();
    expect(Number(g.cpu.gpr[0]! & 0x80ffn)).toBe(0x8084);
    expect(status(g) & 0x80ff).toBe(0);
  });

  test('is raised by FWAIT and by MMX instructions', () => {
    for (const next of ['9b', '0f fc c1', '0f 77']) {
      const g = guest();
      g.run(`${divide} ${next}`);
      expect(g.haltedIn).toBe(16);
    }
  });

  test('is ignored with CR0.NE clear', () => {
    const g = guest();
    g.cpu.setCr0(g.cpu.cr0 & ~CR0.NE);
    g.run(`${divide} 9b d9 e8 f4`);
    expect(g.haltedIn).toBeUndefined();
  });

  test('becomes pending when FLDCW unmasks it', () => {
    const g = guest();
    // 1 / 0 masked, then unmask: FLDCW itself does not fault, the next does.
    g.run('db e3 d9 ee d9 e8 d8 f1 c7 05 00 00 04 00 7b 03 00 00 d9 2d 00 00 04 00 d9 e8');
    expect(g.haltedIn).toBe(16);
    expect(g.stack(1, 4)).toEqual([BigInt(place.code + 24)]);
  });
});

describe('the environment', () => {
  test('FNSTENV in protected mode: pointers of the last instruction with an operand', () => {
    const g = guest();
    put64(g, MEMORY, 1.5);
    // fninit; fld qword [m]; fnstenv [m+0x20]
    g.run('db e3 dd 05 00 00 04 00 d9 35 20 00 04 00 f4');
    const at = MEMORY + 0x20;
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
    // fninit; fld1; fldpi; fldz; fnsave [m]; frstor [m]; hlt
    g.run('db e3 d9 e8 d9 eb d9 ee dd 35 00 00 04 00 dd 25 00 00 04 00 f4');
    expect(status(g)).toBe(5 << 11);
    expect(word(g, state.fpuTag)).toBe(0xe0);
    expect(g.cpu.memory.view.getBigUint64(state.fpr + 6 * 16, true)).toBe(0xc90fdaa22168c235n);
    // Tags: ST(0) zero, the other two valid.
    expect(g.read32(MEMORY + 8) & 0xffff).toBe(0x07ff);
  });

  test('16-bit real mode: linear pointers', () => {
    const g = new Guest('real');
    g.write32(0x500, 0x3fc00000);
    // fninit; fld dword [0x500]; fnstenv [0x600]
    g.run('db e3 d9 06 00 05 d9 36 00 06 f4');
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
    ['without CR4.OSFXSR', 0, 0, '0f 28 c1', 6],
    ['with CR0.EM', CR4.OSFXSR, CR0.EM, '0f 28 c1', 6],
    ['with CR0.TS', CR4.OSFXSR, CR0.TS, '0f 28 c1', 7],
    ['with CR0.TS, before a fault of its operand', CR4.OSFXSR, CR0.TS, '0f 28 04 25 01 00 00 00', 7],
    ['ready', CR4.OSFXSR, 0, '0f 28 c1 f4', undefined],
    ['an operand that is not aligned', CR4.OSFXSR, 0, '0f 28 04 25 01 00 04 00', 13],
    ['one that need not be', CR4.OSFXSR, 0, '0f 10 04 25 01 00 04 00 f4', undefined],
  ])('%s', (_, cr4, cr0, code, vector) => {
    const g = ready(cr4);
    g.cpu.setCr0(g.cpu.cr0 | cr0);
    g.run(code);
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
      // divss xmm0, xmm1
      g.run('f3 0f 5e c1');
      expect(g.haltedIn).toBe(vector);
      expect(view.getFloat32(state.xmm, true)).toBe(1);
      expect(view.getUint32(state.mxcsr, true) & 0x3f).toBe(4);
    }
  });

  test('setting and clearing CR0.TS takes effect in the same block', () => {
    const g = ready();
    // mov rax, cr0; or eax, 8; mov cr0, rax; addps xmm0, xmm1
    g.run('0f 20 c0 83 c8 08 0f 22 c0 0f 58 c1');
    expect(g.haltedIn).toBe(7);
    expect(g.stack(1, 8)).toEqual([BigInt(place.code + 9)]);
  });
});
