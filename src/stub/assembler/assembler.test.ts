import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missing } from '../../../tools/check/missing.js';
import { Assembler } from './assembler.js';
import * as o from './operands.js';
import { byte, dword, imm, label, mem, qword, word } from './operands.js';

/** The same in NASM's notation, assembled by NASM. */
function nasm(source: string, org: number): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-nasm-'));
  const file = join(directory, 'a.asm');
  writeFileSync(file, `org ${org}\n${source}`);
  execFileSync('nasm', ['-O9', '-f', 'bin', '-o', join(directory, 'a.bin'), file]);
  return new Uint8Array(readFileSync(join(directory, 'a.bin')));
}

const noNasm = missing('nasm');

describe.skipIf(noNasm)(`as NASM encodes it${noNasm ? ` (${noNasm})` : ''}`, () => {
  test('64-bit code', () => {
    const a = new Assembler();
    const c = a.code;
    a.label('start');
    c.mov(o.RAX, imm(0x123456789abcdef0n));
    c.mov(o.RAX, imm(-1));
    c.mov(o.EAX, imm(0xffffffff));
    c.mov(o.RDI, o.RSI);
    c.mov(dword(o.RDI, 8), imm(5));
    c.mov(byte(o.RDI, 300), imm(0xff));
    c.mov(word(o.R12, 0), imm(0x1234));
    c.mov(qword(o.R13, 0, o.RCX, 8), o.R9);
    c.mov(o.RAX, qword(label('data')));
    c.lea(o.RSI, mem(label('data', 4)));
    c.add(o.RSP, imm(8));
    c.add(o.RSP, imm(0x1000));
    c.cmp(byte(label('data')), imm(3));
    c.shl(o.RAX, imm(1));
    c.shl(o.RAX, imm(12));
    c.shr(o.RDX, o.CL);
    c.imul(o.RAX, o.RBX, imm(24));
    c.je(label('start'));
    c.jmp(label('far'));
    c.call(label('data'));
    c.call(qword(o.RAX, 16));
    c.call(o.RAX);
    c.rep_movsb();
    c.rep_stosq();
    c.lodsb();
    c.repne_scasb();
    c.out(o.DX, o.AL);
    c.out(imm(0xe9), o.AL);
    c.in(o.EAX, o.DX);
    c.mov(o.CR3, o.RAX);
    c.mov(o.RAX, o.CR0);
    c.mov(o.DS, o.EAX);
    c.lgdt(mem(label('data')));
    c.wrmsr();
    c.iretq();
    c.retfq();
    c.push(imm(0x10));
    c.push(o.RAX);
    c.pushfq();
    c.ret();
    c.bt(dword(o.RAX), imm(3));
    c.movzx(o.EAX, byte(o.RSI));
    c.xchg(o.RBX, o.RAX);
    c.cpuid();
    c.hlt();
    a.space(200);
    a.label('far');
    c.jmp(label('data'));
    a.align(8);
    a.label('data');
    a.u64(label('start'));
    a.u32(label('data'), label('start'));
    const program = a.assemble(0x100000);
    const expected = nasm(
      `bits 64
default rel
start: mov rax, 0x123456789abcdef0
mov rax, -1
mov eax, 0xffffffff
mov rdi, rsi
mov dword [rdi+8], 5
mov byte [rdi+300], 0xff
mov word [r12], 0x1234
mov [r13+rcx*8], r9
mov rax, [data]
lea rsi, [data+4]
add rsp, 8
add rsp, 0x1000
cmp byte [data], 3
shl rax, 1
shl rax, 12
shr rdx, cl
imul rax, rbx, 24
je start
jmp far_
call data
call [rax+16]
call rax
rep movsb
rep stosq
lodsb
repne scasb
out dx, al
out 0xe9, al
in eax, dx
mov cr3, rax
mov rax, cr0
mov ds, eax
lgdt [data]
wrmsr
iretq
o64 retf
push 0x10
push rax
pushfq
ret
bt dword [rax], 3
movzx eax, byte [rsi]
xchg rax, rbx
cpuid
hlt
times 200 db 0
far_: jmp data
align 8, db 0
data: dq start
dd data - start`,
      0x100000,
    );
    expect([...program.bytes]).toEqual([...expected]);
  });

  test('32-bit and 16-bit code', () => {
    const a = new Assembler();
    const c = a.code;
    a.bits(32);
    a.label('start');
    c.mov(o.ESI, imm(label('data')));
    c.mov(o.EAX, dword(label('data')));
    c.mov(o.AX, o.DS);
    c.mov(dword(o.EBX, 4), o.EAX);
    c.or(dword(label('data')), imm(0x80000000));
    c.jmpf(imm(label('data')), imm(0x10));
    c.pushfd();
    c.ret();
    c.jne(label('start'));
    c.lgdt(mem(label('data')));
    c.rep_stosd();
    a.bits(16);
    c.mov(o.AX, imm(0x1234));
    c.mov(o.DS, o.AX);
    c.jmp(label('data'));
    c.hlt();
    a.label('data');
    const expected = nasm(
      `bits 32
start: mov esi, data
mov eax, [data]
mov ax, ds
mov [ebx+4], eax
or dword [data], 0x80000000
jmp 0x10:data
pushfd
ret
jne start
lgdt [data]
rep stosd
bits 16
mov ax, 0x1234
mov ds, ax
jmp data
hlt
data:`,
      0x8000,
    );
    expect([...a.assemble(0x8000).bytes]).toEqual([...expected]);
  });
});

test('a missing label, a label set twice and an impossible operand are errors that say so', () => {
  const missing = new Assembler();
  missing.code.jmp(label('nowhere'));
  expect(() => missing.assemble(0)).toThrow("there is no label 'nowhere'");
  const twice = new Assembler();
  twice.label('here');
  twice.label('here');
  expect(() => twice.assemble(0)).toThrow("label 'here' is set twice");
  expect(() => new Assembler().code.mov(o.RAX, o.EAX)).not.toThrow();
  const wrong = new Assembler();
  wrong.code.mov(o.RAX, o.EAX);
  expect(() => wrong.assemble(0)).toThrow(/mov rax, eax/);
});

test('parts know where they are and how long', () => {
  const a = new Assembler();
  a.part('one', () => a.code.nop());
  a.part('two', () => a.space(5));
  expect(a.assemble(0x1000).parts).toEqual([
    { name: 'one', address: 0x1000n, size: 1 },
    { name: 'two', address: 0x1001n, size: 5 },
  ]);
});

test('a short jump stays short, whatever grows in front of it', () => {
  const sizeOf = (prefix: number): number => {
    const a = new Assembler();
    const end = label('end');
    for (let i = 0; i < prefix; i++) a.code.jmp(end);
    a.part('part', () => {
      const near = a.local();
      a.code.jmp(near);
      a.space(100);
      a.at(near);
    });
    a.space(200);
    a.label('end');
    // Twice, since an assembler may be asked again.
    a.assemble(0x100);
    return a.assemble(0x200000).parts[0]!.size;
  };
  expect([sizeOf(0), sizeOf(40)]).toEqual([102, 102]);
});
