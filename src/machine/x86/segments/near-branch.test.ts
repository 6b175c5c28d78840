import { expect, test } from 'vitest';
import { asm16, asm32, asm64 } from '../../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../../test/machine/guest.js';
import { o, putCode, type Write } from '../../../../test/machine/guest-code.js';
import { segmentIndex } from '../state.js';
import { setSegment } from './segments.js';

const { imm, label, qword } = o;

/** Base of the code segment, and its last byte. */
const base = 0x7f00;
const limit = 0x1ff;

/** A 32-bit guest (or a 16-bit one) whose code segment has a limit. */
function limited(bits: 16 | 32 = 32): Guest {
  const guest = new Guest('protected');
  setSegment(guest.cpu, segmentIndex.cs, {
    selector: selector.code32,
    base: BigInt(base),
    limit,
    access: bits === 32 ? 0x409b : 0x9b,
  });
  guest.cpu.gpr[4] = 0x20000n;
  return guest;
}

/** Runs code at `at`; offsets of what was pushed: error code, EIP. */
function fault(guest: Guest, at: number, code: string): bigint[] | undefined {
  guest.put(at, code);
  guest.cpu.rip = BigInt(at);
  guest.run();
  return guest.haltedIn === 13 ? guest.stack(2, 4) : undefined;
}

test.each([
  'jmp .+0x1005',
  'call .+0x1005',
  'jmp .-0x1ffb',
  'jz .+0x1006',
  'loop .+0x12',
  'jmp eax',
  'call eax',
  'jmp [0x15000]',
])('%s to beyond the limit: #GP(0) at the branch, nothing changed', (source) => {
  const guest = limited();
  const { cpu } = guest;
  cpu.gpr[0] = BigInt(limit + 1);
  cpu.gpr[1] = 5n;
  guest.write32(0x15000, limit + 1);
  cpu.flags = 0x42;
  // A short branch reaches over the limit only near the end of the segment.
  const at = source.startsWith('loop') ? base + limit - 1 : place.code;
  expect(fault(guest, at, asm32(source))).toEqual([0n, BigInt(at - base)]);
  expect(cpu.gpr[1]).toBe(5n);
  // EFLAGS, CS, EIP, error code.
  expect(cpu.gpr[4]).toBe(0x20000n - 16n);
});

test('RET to beyond the limit leaves ESP', () => {
  const guest = limited();
  guest.write32(0x20000, limit + 1);
  expect(fault(guest, place.code, asm32('ret'))).toEqual([0n, BigInt(place.code - base)]);
  expect(guest.cpu.gpr[4]).toBe(0x20000n - 16n);
});

test('a conditional branch that is not taken does not fault', () => {
  for (const branch of ['jnz .+0x1006', 'jg .+0x1006', 'jc .+0x1006', 'jecxz .+0x81']) {
    const guest = limited();
    guest.cpu.flags = 0x42;
    guest.cpu.gpr[1] = 1n;
    fault(guest, branch.startsWith('jecxz') ? base + limit - 3 : place.code, asm32(`${branch}; hlt`));
    expect(guest.delivered).toEqual([]);
    expect(guest.cpu.halted).toBe(true);
  }
  const guest = limited();
  guest.cpu.gpr[1] = 1n;
  fault(guest, base + limit - 2, asm32('loop .+0x12; hlt'));
  expect(guest.delivered).toEqual([]);
  expect(guest.cpu.gpr[1]).toBe(0n);
});

test('an instruction that runs over the limit, or stands behind it, is not fetched', () => {
  const last = BigInt(limit);
  expect(fault(limited(), base + limit, asm32('nop; nop'))).toEqual([0n, last + 1n]);
  expect(fault(limited(), base + limit, asm32('inc eax; mov eax, 0'))).toEqual([0n, last + 1n]);
  expect(fault(limited(), base + limit - 1, asm32('inc eax; mov eax, 0'))).toEqual([0n, last]);
  expect(fault(limited(16), base + limit - 1, asm16('inc ax; mov ax, 0'))).toEqual([0n, last]);
});

test('code decoded under one limit is not run under a smaller one', () => {
  const guest = limited();
  const at = base + 0x180;
  expect(fault(guest, at, asm32('inc eax; inc eax; inc eax; hlt'))).toBeUndefined();
  expect(guest.cpu.gpr[0]).toBe(3n);
  setSegment(guest.cpu, segmentIndex.cs, {
    selector: selector.code32,
    base: BigInt(base),
    limit: 0x181,
    access: 0x409b,
  });
  guest.cpu.halted = false;
  expect(fault(guest, at, asm32('inc eax; inc eax; inc eax; hlt'))).toEqual([0n, 0x182n]);
  expect(guest.cpu.gpr[0]).toBe(5n);
});

test('real mode: IP does not run on behind 0xffff', () => {
  const guest = new Guest('real');
  setSegment(guest.cpu, segmentIndex.cs, { selector: 0x100, base: 0x1000n, limit: 0xffff, access: 0x9b });
  guest.put(0x10fff, asm16('nop; nop'));
  guest.cpu.rip = 0x10fffn;
  guest.run();
  expect(guest.delivered).toEqual([{ vector: 13, errorCode: 0, kind: 'exception' }]);
});

const NOT_CANONICAL = 0x800000000000;

test.each<[string, Write]>([
  ['jmp rax', (c) => c.jmp(o.RAX)],
  ['call rax', (c) => c.call(o.RAX)],
  ['jmp [rdi]', (c) => c.jmp(qword(o.RDI))],
  ['call [rdi]', (c) => c.call(qword(o.RDI))],
  ['ret', (c) => c.ret()],
  ['ret 16', (c) => c.ret(imm(16))],
])('%s to an address that is not canonical: #GP(0) at the branch, RSP as it was', (_, write) => {
  const guest = new Guest('long');
  guest.write64(0x15000, BigInt(NOT_CANONICAL));
  guest.write64(place.stack0, BigInt(NOT_CANONICAL));
  const at = putCode(guest, (c, a) => {
    c.mov(o.RAX, imm(NOT_CANONICAL));
    c.mov(o.EDI, imm(0x15000));
    a.label('branch');
    write(c, a);
  })('branch');
  guest.run();
  expect(guest.delivered).toEqual([{ vector: 13, errorCode: 0, kind: 'exception' }]);
  const [, rip, , , rsp] = guest.stack(5, 8);
  expect(rip).toBe(at);
  expect(rsp).toBe(BigInt(place.stack0));
});

test.each(['jmp', 'jz', 'jnz', 'call', 'loop'] as const)('%s over the end of the lower half', (name) => {
  const guest = new Guest('long');
  // The last page of the lower half is the one at 0x15000.
  const { tables } = place;
  guest.write64(tables + 255 * 8, BigInt(tables + 0x4000) | 7n);
  guest.write64(tables + 0x4000 + 511 * 8, BigInt(tables + 0x5000) | 7n);
  guest.write64(tables + 0x5000 + 511 * 8, BigInt(tables + 0x6000) | 7n);
  guest.write64(tables + 0x6000 + 511 * 8, 0x15007n);
  const start = 0x7fffffffff00n;
  guest.put(0x15f90, asm64(`${name} .+0x80; hlt`));
  guest.cpu.gpr[1] = 9n;
  guest.cpu.flags = 0x42;
  guest.cpu.rip = start + 0x90n;
  guest.run();
  if (name === 'jnz') {
    expect(guest.delivered).toEqual([]);
    return;
  }
  expect(guest.delivered).toEqual([{ vector: 13, errorCode: 0, kind: 'exception' }]);
  const [, rip, , , rsp] = guest.stack(5, 8);
  expect(rip).toBe(start + 0x90n);
  expect(rsp).toBe(BigInt(place.stack0));
  expect(guest.cpu.gpr[1]).toBe(9n);
});

test('translated code finds a target that is not canonical too', () => {
  const guest = new Guest('long', {}, { threshold: 8 });
  const at = putCode(guest, (c, a) => {
    // Many times to where it came from, then astray.
    c.mov(o.ECX, imm(300_000));
    c.lea(o.RDX, qword(label('next')));
    c.mov(o.RBX, imm(NOT_CANONICAL));
    a.label('again');
    c.mov(o.RAX, o.RDX);
    c.dec(o.ECX);
    c.cmove(o.RAX, o.RBX);
    a.label('branch');
    c.call(o.RAX);
    a.label('next');
    c.add(o.RSP, imm(8));
    c.jmp(label('again'));
  })('branch');
  guest.cpu.run(3_000_000);
  expect(guest.cpu.translator!.statistics.regions).toBeGreaterThan(0);
  expect(guest.delivered).toEqual([{ vector: 13, errorCode: 0, kind: 'exception' }]);
  const [, rip, , , rsp] = guest.stack(5, 8);
  expect(rip).toBe(at);
  expect(rsp).toBe(BigInt(place.stack0));
});
