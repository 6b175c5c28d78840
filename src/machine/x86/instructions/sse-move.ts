import { i64, type Local, v128 } from '../../wasm/code.js';
import { i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';
import { enterMmx, guard, readLow, readVector, usesMmx, writeLow, writeMmx } from './simd-operands.js';

/** A 128-bit move, aligned or not, between register and register or memory. */
const move128 = (name: string, encodings: string[], aligned: boolean): InstructionDescription => ({
  name,
  encodings,
  emit: (x) => {
    x.guardSse();
    x.write128(0, x.read128(1, aligned), aligned);
  },
});

/** MOVSS, MOVSD: a load clears the rest of the register, a register move keeps it. */
const moveScalar = (name: string, prefix: string, code: string, size: 32 | 64): InstructionDescription => ({
  name,
  encodings: [`${prefix} 0f 10 V,W${code}`, `${prefix} 0f 11 W${code},V`],
  emit: (x) => {
    x.guardSse();
    const value = readLow(x, 1, size);
    if (x.isMemory(1)) x.write128(0, i64x2.replace(zeros, 0, value));
    else writeLow(x, 0, value, size);
  },
});

const zeros = i64x2.splat(i64.const(0));

/** Loads 64 bits into one half of a register, or stores one half. */
const moveHalf = (name: string, load: string, store: string, half: 0 | 8): InstructionDescription => ({
  name,
  encodings: [`${load} V,Mq`, `${store} Mq,V`],
  emit: (x) => {
    x.guardSse();
    if (x.isMemory(1)) x.body.store64(x.registerAddress(0), readLow(x, 1, 64), half);
    else x.write(0, i64.load(x.registerAddress(1), half), 64);
  },
});

const half = (name: string, encoding: string, from: 0 | 8, to: 0 | 8): InstructionDescription => ({
  name,
  encodings: [encoding],
  emit: (x) => {
    x.guardSse();
    x.body.store64(x.registerAddress(0), i64.load(x.registerAddress(1), from), to);
  },
});

const duplicate = (name: string, encoding: string, odd: boolean): InstructionDescription => ({
  name,
  encodings: [encoding],
  emit: (x) => {
    x.guardSse();
    const source = x.read128(1);
    const lanes = [0, 0, 2, 2].flatMap((lane) =>
      [0, 1, 2, 3].map((byte) => (lane + (odd ? 1 : 0)) * 4 + byte),
    );
    x.write128(0, v128.shuffle(source, source, lanes));
  },
});

/** A store past the caches: like any other here. */
const nonTemporal = (name: string, encodings: string[]): InstructionDescription =>
  move128(name, encodings, true);

/** MOVD, MOVQ between general and vector registers. */
function moveGeneral(x: Emitter): void {
  guard(x);
  const toVector = 'xy'.includes(x.kind(0));
  const size = x.sizes[toVector ? 1 : 0] as Size;
  deliver(x, readLow(x, 1, size), size);
}

/** MOVQ among vector registers and memory. */
function moveQuadword(x: Emitter): void {
  guard(x);
  deliver(x, readLow(x, 1, 64), 64);
}

/** Writes the destination, the rest of a vector register cleared. A store that faults does not switch to MMX. */
function deliver(x: Emitter, value: Local<'i64'>, size: Size): void {
  const mmx = usesMmx(x);
  if (x.kind(0) === 'y') {
    enterMmx(x);
    writeMmx(x, 0, value);
    return;
  }
  if (x.kind(0) === 'x') x.write128(0, i64x2.replace(zeros, 0, value));
  else x.write(0, value, size);
  if (mmx) enterMmx(x);
}

/** Sign bits of the lanes as a number. */
const signMask = (name: string, encoding: string, bits: 32 | 64): InstructionDescription => ({
  name,
  encodings: [encoding],
  emit: (x) => {
    x.guardSse();
    const source = readVector(x, 1);
    const mask = bits === 32 ? i32x4.bitmask(source) : i64x2.bitmask(source);
    x.write(0, i64.extend_u(mask), 32);
  },
});

export const sseMove: InstructionDescription[] = [
  move128('movaps', ['np 0f 28 V,W', 'np 0f 29 W,V'], true),
  move128('movapd', ['66 0f 28 V,W', '66 0f 29 W,V'], true),
  move128('movdqa', ['66 0f 6f V,W', '66 0f 7f W,V'], true),
  move128('movups', ['np 0f 10 V,W', 'np 0f 11 W,V'], false),
  move128('movupd', ['66 0f 10 V,W', '66 0f 11 W,V'], false),
  move128('movdqu', ['f3 0f 6f V,W', 'f3 0f 7f W,V'], false),
  move128('lddqu', ['f2 0f f0 V,Mx'], false),
  nonTemporal('movntps', ['np 0f 2b Mx,V']),
  nonTemporal('movntpd', ['66 0f 2b Mx,V']),
  nonTemporal('movntdq', ['66 0f e7 Mx,V']),
  nonTemporal('movntdqa', ['66 0f 38 2a V,Mx']),
  moveScalar('movss', 'f3', 'd', 32),
  moveScalar('movsd', 'f2', 'q', 64),
  moveHalf('movlps', 'np 0f 12', 'np 0f 13', 0),
  moveHalf('movlpd', '66 0f 12', '66 0f 13', 0),
  moveHalf('movhps', 'np 0f 16', 'np 0f 17', 8),
  moveHalf('movhpd', '66 0f 16', '66 0f 17', 8),
  half('movhlps', 'np 0f 12 V,U', 8, 0),
  half('movlhps', 'np 0f 16 V,U', 0, 8),
  duplicate('movsldup', 'f3 0f 12 V,W', false),
  duplicate('movshdup', 'f3 0f 16 V,W', true),
  {
    name: 'movddup',
    encodings: ['f2 0f 12 V,Wq'],
    emit: (x) => {
      x.guardSse();
      x.write128(0, i64x2.splat(readLow(x, 1, 64)));
    },
  },
  {
    name: 'movd',
    encodings: ['66 0f 6e V,Ey', '66 0f 7e Ey,V', 'np 0f 6e P,Ey', 'np 0f 7e Ey,P'],
    emit: moveGeneral,
  },
  {
    name: 'movq',
    encodings: [
      'f3 0f 7e V,Wq',
      '66 0f d6 Wq,V',
      'np 0f 6f P,Q',
      'np 0f 7f Q,P',
      'np 0f e7 Mq,P',
      'f3 0f d6 V,N',
    ],
    emit: moveQuadword,
  },
  {
    name: 'movdq2q',
    encodings: ['f2 0f d6 P,U'],
    emit: moveQuadword,
  },
  signMask('movmskps', 'np 0f 50 Gd,U', 32),
  signMask('movmskpd', '66 0f 50 Gd,U', 64),
];
