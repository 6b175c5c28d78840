import type { Assembler } from '../../../src/stub/assembler/assembler.js';
import * as o from '../../../src/stub/assembler/operands.js';
import { byte, dword, imm, label, mem, qword, type Register } from '../../../src/stub/assembler/operands.js';
import { type Benchmark, messageSize } from './benchmark.js';

/** Bytes. */
const BLOCK = 64;
const DIGEST = 32;
const ROUNDS = 64;
const variables = [o.R8D, o.R9D, o.R10D, o.R11D, o.R12D, o.R13D, o.R14D, o.R15D] as const;

/**
 * SHA-256 (FIPS 180-4) in ordinary instructions, over a message of `messageSize` bytes. The digest takes the place of the message's
 * first bytes, so that every iteration counts.
 */
export const sha256: Benchmark = {
  name: 'sha256',
  iteration: `a message of ${messageSize / 1024} KiB`,
  iterations: 300,
  checksumSize: DIGEST,
  write(a, { checksum, message, scratch }) {
    const { code: c } = a;
    /** The message schedule, then the hash value. */
    const state: o.Label = { ...scratch, plus: scratch.plus + ROUNDS * 4 };
    const [iteration, block] = [a.local('iteration'), a.local('block')];
    const behind = (plus: number): o.Label => ({ ...message, plus: message.plus + messageSize + plus });
    // Padding: a bit of 1, zeros, the number of bits as a big-endian number.
    c.mov(byte(behind(0)), imm(0x80));
    c.mov(o.RAX, imm(messageSize * 8));
    c.bswap(o.RAX);
    c.mov(qword(behind(BLOCK - 8)), o.RAX);

    c.push(o.RDI);
    a.at(iteration);
    c.lea(o.RSI, mem(label('sha256.initial')));
    c.lea(o.RDI, mem(state));
    c.mov(o.ECX, imm(8));
    c.rep_movsd();
    c.lea(o.RDI, mem(message));
    a.at(block);
    c.lea(o.RBP, mem(scratch));
    c.lea(o.RBX, mem(label('sha256.constants')));
    writeSchedule(a);
    writeRounds(a, state);
    c.add(o.RDI, imm(BLOCK));
    c.lea(o.RAX, mem(behind(BLOCK)));
    c.cmp(o.RDI, o.RAX);
    c.jb(block);

    c.lea(o.RSI, mem(state));
    c.lea(o.RDI, mem(message));
    c.lea(o.RBX, mem(checksum));
    for (let i = 0; i < DIGEST; i += 4) {
      c.mov(o.EAX, dword(o.RSI, i));
      c.bswap(o.EAX);
      c.mov(dword(o.RDI, i), o.EAX);
      c.mov(dword(o.RBX, i), o.EAX);
    }
    c.dec(dword(o.RSP));
    c.jne(iteration);
    c.pop(o.RDI);
    c.ret();

    const primes = firstPrimes(ROUNDS);
    a.align(16);
    a.label('sha256.constants');
    for (const prime of primes) a.u32(fraction(prime, 3));
    a.label('sha256.initial');
    for (const prime of primes.slice(0, 8)) a.u32(fraction(prime, 2));
  },
};

/** `to` becomes `from`, rotated right by each number of `rotations` and shifted right by `shift`, all of it added without carry. */
function sigma(
  a: Assembler,
  to: Register,
  from: Register,
  rotations: readonly number[],
  shift?: number,
): void {
  const { code: c } = a;
  const [first, ...others] = rotations;
  c.mov(to, from);
  c.mov(o.ECX, from);
  c.ror(to, imm(first!));
  let rotated = 0;
  for (const rotation of others) {
    c.ror(o.ECX, imm(rotation - rotated));
    c.xor(to, o.ECX);
    rotated = rotation;
  }
  if (shift === undefined) return;
  c.mov(o.ECX, from);
  c.shr(o.ECX, imm(shift));
  c.xor(to, o.ECX);
}

/** Section 6.2.2, step 1: the block at RDI becomes 64 words at RBP. */
function writeSchedule(a: Assembler): void {
  const { code: c } = a;
  const [load, extend] = [a.local('load'), a.local('extend')];
  c.xor(o.ESI, o.ESI);
  a.at(load);
  c.mov(o.EAX, dword(o.RDI, 0, o.RSI, 4));
  c.bswap(o.EAX);
  c.mov(dword(o.RBP, 0, o.RSI, 4), o.EAX);
  c.inc(o.ESI);
  c.cmp(o.ESI, imm(16));
  c.jb(load);
  a.at(extend);
  const word = (back: number): o.Memory => dword(o.RBP, -4 * back, o.RSI, 4);
  c.mov(o.R8D, word(2));
  sigma(a, o.EAX, o.R8D, [17, 19], 10);
  c.mov(o.R8D, word(15));
  sigma(a, o.EDX, o.R8D, [7, 18], 3);
  c.add(o.EAX, o.EDX);
  c.add(o.EAX, word(7));
  c.add(o.EAX, word(16));
  c.mov(word(0), o.EAX);
  c.inc(o.ESI);
  c.cmp(o.ESI, imm(ROUNDS));
  c.jb(extend);
}

/** Steps 2 to 4: the words at RBP and the constants at RBX change the hash value. */
function writeRounds(a: Assembler, state: o.Label): void {
  const { code: c } = a;
  const loop = a.local('loop');
  c.lea(o.RDX, mem(state));
  for (const [index, register] of variables.entries()) c.mov(register, dword(o.RDX, 4 * index));
  c.xor(o.ESI, o.ESI);
  a.at(loop);
  // After eight rounds every variable is where it was.
  for (let round = 0; round < 8; round++) {
    const at = (index: number): Register => variables[(index - round + 8) % 8]!;
    const [va, vb, vc, vd, ve, vf, vg, vh] = [0, 1, 2, 3, 4, 5, 6, 7].map(at) as [
      Register,
      Register,
      Register,
      Register,
      Register,
      Register,
      Register,
      Register,
    ];
    c.add(vh, dword(o.RBX, 4 * round, o.RSI, 4));
    c.add(vh, dword(o.RBP, 4 * round, o.RSI, 4));
    sigma(a, o.EAX, ve, [6, 11, 25]);
    c.add(vh, o.EAX);
    // Choice: g unless e says f.
    c.mov(o.EAX, vf);
    c.xor(o.EAX, vg);
    c.and(o.EAX, ve);
    c.xor(o.EAX, vg);
    c.add(vh, o.EAX);
    c.add(vd, vh);
    sigma(a, o.EAX, va, [2, 13, 22]);
    c.add(vh, o.EAX);
    // Majority.
    c.mov(o.EAX, va);
    c.mov(o.EDX, va);
    c.and(o.EAX, vb);
    c.or(o.EDX, vb);
    c.and(o.EDX, vc);
    c.or(o.EAX, o.EDX);
    c.add(vh, o.EAX);
  }
  c.add(o.ESI, imm(8));
  c.cmp(o.ESI, imm(ROUNDS));
  c.jb(loop);
  c.lea(o.RDX, mem(state));
  for (const [index, register] of variables.entries()) c.add(dword(o.RDX, 4 * index), register);
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** The first 32 bits of the fractional part of a root. */
function fraction(value: number, degree: 2 | 3): number {
  const scaled = BigInt(value) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** BigInt(degree) <= scaled) root += bit;
  }
  return Number(root & 0xffffffffn);
}
