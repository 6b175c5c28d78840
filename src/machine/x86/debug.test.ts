import { describe, expect, test } from 'vitest';
import { asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { putCode } from '../../../test/machine/guest-code.js';
import { FLAT } from '../../abi/x86/descriptors.js';
import { MSR } from '../../abi/x86/msr.js';

/** Sets TF. */
const step = 'pushf; or dword ptr [rsp], 0x100; popf';

test('TF traps after each instruction, DR6.BS set, RIP behind it', () => {
  const guest = new Guest('long');
  guest.gate64(1, { offset: place.code + 0x80 });
  // The handler counts in EBX and notes RIP in RCX.
  guest.put(place.code + 0x80, asm64('inc ebx; mov rcx, [rsp]; iretq'));
  guest.run(asm64(`${step}; inc eax; inc eax; pushf; and dword ptr [rsp], ~0x100; popf; hlt`));
  expect(guest.cpu.gpr[0]).toBe(2n);
  // inc, inc, pushfq, and, popfq
  expect(guest.cpu.gpr[3]).toBe(5n);
  expect(guest.cpu.gpr[1]).toBe(BigInt(place.code + 22));
  expect(guest.cpu.debug[6]! & 0x4000n).toBe(0x4000n);
});

test('the image that a trap pushes has TF set; PUSHF under TF too', () => {
  const guest = new Guest('long');
  guest.run(asm64(`${step}; nop`));
  expect(guest.haltedIn).toBe(1);
  expect(guest.stack(3, 8)[2]! & 0x100n).toBe(0x100n);
  expect(guest.cpu.flags & 0x100).toBe(0);
});

test('an instruction breakpoint faults before the instruction; RF lets it pass', () => {
  const guest = new Guest('long');
  guest.gate64(1, { offset: place.code + 0x80 });
  guest.put(place.code + 0x80, asm64('inc ebx; or dword ptr [rsp + 16], 0x10000; iretq'));
  guest.put(place.code + 0x40, asm64('inc ecx; inc ecx; hlt'));
  guest.run(
    asm64(`code: mov eax, ${place.code + 0x40}; mov dr0, rax; mov eax, 0x401; mov dr7, rax; jmp code + 0x40`),
  );
  expect(guest.cpu.gpr[3]).toBe(1n);
  expect(guest.cpu.gpr[1]).toBe(2n);
  expect(guest.cpu.debug[6]! & 15n).toBe(1n);
});

test('DR7.GD guards the debug registers', () => {
  const guest = new Guest('long');
  guest.run(asm64('mov eax, 0x2400; mov dr7, rax; mov rcx, dr0'));
  expect(guest.haltedIn).toBe(1);
  expect(guest.stack(1, 8)).toEqual([BigInt(place.code + 8)]);
  expect(guest.cpu.debug[6]! & 0x2000n).toBe(0x2000n);
});

test('MOV SS holds the trap back for one instruction', () => {
  const guest = new Guest('protected');
  guest.cpu.gpr[2] = 0x10n;
  guest.run(asm32('pushf; or dword ptr [esp], 0x100; popf; mov ss, edx; inc eax; inc eax'));
  expect(guest.haltedIn).toBe(1);
  expect(guest.cpu.gpr[0]).toBe(1n);
  expect(guest.stack(1, 4)).toEqual([BigInt(place.code + 12)]);
});

/** A guest in long mode whose #DB handler is HLT, with DR7 and DR0 set. */
function watching(dr7: number, dr0: number, mode: 'long' | 'protected' = 'long'): Guest {
  const guest = new Guest(mode);
  guest.cpu.debug[0] = BigInt(dr0);
  guest.cpu.debug[7] = BigInt(dr7);
  guest.cpu.breakpoints.update();
  return guest;
}
const hits = (guest: Guest): bigint => guest.cpu.debug[6]! & 0xfn;
const WRITE1 = 0x10001;
const ACCESS1 = 0x30001;
const PORT1 = 0x20001;

test('breakpoints on ports trap behind IN, OUT and each element of INS; only with CR4.DE', () => {
  for (const access of [
    'mov edx, 0x3f8; in al, dx',
    'mov edx, 0x3f8; out dx, al',
    'mov edx, 0x3f6; in eax, dx',
  ]) {
    const guest = watching(PORT1, 0x3f8);
    guest.run(asm64(`${access}; nop; hlt`));
    expect(guest.delivered).toEqual([]);
    const enabled = watching(PORT1, 0x3f8);
    enabled.cpu.setCr4(enabled.cpu.cr4 | 8);
    enabled.run(asm64(`${access}; nop; hlt`));
    expect(enabled.haltedIn).toBe(1);
    expect(hits(enabled)).toBe(1n);
    expect(enabled.stack(1, 8)).toEqual([BigInt(place.code + 6)]);
  }
  const guest = watching(PORT1, 0x3f8);
  guest.cpu.setCr4(guest.cpu.cr4 | 8);
  guest.run(asm64('mov edx, 0x3f8; mov ecx, 3; mov edi, 0x15000; rep insb; hlt'));
  expect(guest.haltedIn).toBe(1);
  expect(guest.cpu.gpr[1]).toBe(2n);
  const [rip, , flags] = guest.stack(3, 8);
  expect(rip).toBe(BigInt(place.code + 15));
  // RF: the instruction has not come to its end.
  expect(flags! & 0x10000n).toBe(0x10000n);
});

test('a range of ports counts with its length', () => {
  const guest = watching(PORT1 | 0xc0000, 0x3fb);
  guest.cpu.setCr4(guest.cpu.cr4 | 8);
  guest.run(asm64('mov edx, 0x3f7; in al, dx; mov dx, 0x3fc; in al, dx; mov dx, 0x3f8; in al, dx; hlt'));
  expect(guest.stack(1, 8)).toEqual([BigInt(place.code + 16)]);
});

test('RF in the frame: 0 behind an instruction and before a breakpoint, 1 in a repeated one and for faults', () => {
  const rf = (guest: Guest, frame = 0): bigint => guest.stack(frame + 3, 8)[frame + 2]! & 0x10000n;
  const behind = watching(WRITE1, 0x15000);
  behind.run(asm64('mov edi, 0x15000; mov [rdi], al; nop; hlt'));
  expect(behind.stack(1, 8)).toEqual([BigInt(place.code + 7)]);
  expect(rf(behind)).toBe(0n);
  const inside = watching(WRITE1, 0x15000);
  inside.run(asm64('mov edi, 0x15000; mov ecx, 2; rep stosb; hlt'));
  expect(inside.stack(1, 8)).toEqual([BigInt(place.code + 10)]);
  expect(rf(inside)).toBe(0x10000n);
  const before = watching(1, place.code);
  before.run(asm64('nop; hlt'));
  expect(before.stack(1, 8)).toEqual([BigInt(place.code)]);
  expect(rf(before)).toBe(0n);
  const guarded = watching(0x2000, 0);
  guarded.run(asm64('mov rcx, dr0; hlt'));
  expect(rf(guarded)).toBe(0x10000n);
});

test('any debug exception clears DR7.GD', () => {
  const guest = watching(WRITE1 | 0x2000, 0x15000);
  guest.run(asm64('mov edi, 0x15000; mov [rdi], al; nop; hlt'));
  expect(guest.haltedIn).toBe(1);
  expect(guest.cpu.debug[7]! & 0x2000n).toBe(0n);
});

test('MOV SS and POP SS hold back what they hit, and breakpoints on the next instruction', () => {
  for (const load of ['mov ss, [0x15000]', 'mov esp, 0x15000; pop ss']) {
    const guest = watching(ACCESS1 | 0x40000, 0x15000, 'protected');
    guest.write32(0x15000, 0x10);
    guest.run(asm32(`${load}; inc eax; inc eax; hlt`));
    expect(guest.haltedIn).toBe(1);
    expect(hits(guest)).toBe(1n);
    expect(guest.cpu.gpr[0]).toBe(1n);
  }
  const guest = watching(1, place.code + 2, 'protected');
  guest.cpu.gpr[2] = 0x10n;
  guest.run(asm32('mov ss, edx; inc eax; inc eax; hlt'));
  expect(guest.delivered).toEqual([]);
});

test('what INT pushes can be watched: the trap comes at the handler', () => {
  const guest = watching(WRITE1, place.stack0 - 8);
  guest.run(asm64('int 0x40; hlt'));
  expect(guest.haltedIn).toBe(1);
  expect(guest.delivered.map(({ vector }) => vector)).toEqual([0x40, 1]);
  expect(guest.stack(1, 8)).toEqual([BigInt(place.handlers + 0x400)]);
});

test('a breakpoint on the stack of its own handler does not trap for ever', () => {
  const guest = watching(WRITE1 | 0x80000, place.stack0 - 0x30);
  guest.run(asm64('int 0x40; hlt'));
  expect(guest.cpu.halted).toBe(true);
});

test('a task switch clears the local enables', () => {
  const guest = watching(0x3ff | WRITE1, 0x15000, 'protected');
  const tss = 0x16000;
  guest.write32(place.gdt + selector.tss2, ((tss & 0xffff) << 16) | 0x67);
  guest.write32(place.gdt + selector.tss2 + 4, 0x8900 | (tss >> 16));
  guest.write32(tss + 32, place.code + 0x40);
  guest.write32(tss + 36, 2);
  for (const at of [72, 80, 84, 88, 92]) guest.write32(tss + at, selector.data32);
  guest.write32(tss + 76, selector.code32);
  guest.put(place.code + 0x40, asm32('hlt'));
  guest.run(asm32(`jmp ${selector.tss2}:0`));
  expect(guest.delivered).toEqual([]);
  expect(guest.cpu.debug[7]! & 0x3ffn).toBe(0x2aan);
});

test('a write behind a watched byte passes, and one to it after DR7 was cleared', () => {
  const guest = watching(WRITE1, 0x15000);
  guest.run(asm64('mov edi, 0x15004; mov [rdi], eax; xor eax, eax; mov dr7, rax; mov [rdi - 4], eax; hlt'));
  expect(guest.delivered).toEqual([]);
  expect(guest.cpu.breakpoints.onData).toBe(false);
});

test('INT1 takes with it what MOV SS has hit: one #DB', () => {
  const guest = watching(ACCESS1 | 0x40000, 0x15000);
  guest.write32(0x15000, selector.data32);
  guest.gate64(1, { offset: place.code + 0x80 });
  guest.put(place.code + 0x80, asm64('inc ebx; iretq'));
  guest.run(asm64('mov eax, 0x15000; mov ss, [rax]; int1; nop; hlt'));
  expect(guest.delivered).toEqual([{ vector: 1, errorCode: undefined, kind: 'exception' }]);
  expect(guest.cpu.gpr[3]).toBe(1n);
  expect(hits(guest)).toBe(1n);
  expect(guest.cpu.debugTrap).toBe(0);
});

describe('the single-step trap at SYSCALL and SYSRET', () => {
  const user = place.code + 0x40;
  const kernel = place.code + 0x80;
  /** SYSRET to level 3, which does SYSCALL; each #DB notes where it came. */
  function traps(kernelFlags: number, userFlags: number, mask: number): number[] {
    const guest = new Guest('long');
    const { cpu } = guest;
    // Code and data of level 0 one behind the other, as SYSCALL wants them.
    guest.write64(place.gdt + 0xa0, FLAT.code64);
    guest.write64(place.gdt + 0xa8, FLAT.data);
    cpu.msr.set(MSR.STAR, (BigInt(selector.user32) << 48n) | (0xa0n << 32n));
    cpu.msr.set(MSR.LSTAR, BigInt(kernel));
    cpu.msr.set(MSR.FMASK, BigInt(mask));
    guest.gate64(1, { offset: place.handlers + 0x800 });
    guest.put(place.handlers + 0x800, asm64('iretq'));
    putCode(guest, (c) => c.sysretq());
    putCode(
      guest,
      (c) => {
        c.nop();
        c.syscall();
      },
      { at: user },
    );
    putCode(
      guest,
      (c) => {
        c.nop();
        c.ud2();
      },
      { at: kernel },
    );
    cpu.gpr[1] = BigInt(user);
    cpu.gpr[11] = BigInt(2 | userFlags);
    cpu.flags = 2 | kernelFlags;
    const seen: number[] = [];
    cpu.onDeliver.push((vector) => void (vector === 1 && seen.push(Number(cpu.rip) - place.code)));
    guest.run();
    expect(cpu.halted).toBe(true);
    return seen;
  }
  const TF = 0x100;

  test('TF in R11: first at the target of SYSRET; FMASK keeps it out of the kernel', () => {
    expect(traps(0, TF, TF)).toEqual([0x40, 0x41]);
  });

  test('without FMASK it goes on there', () => {
    expect(traps(0, TF, 0)).toEqual([0x40, 0x41, 0x80, 0x81]);
  });

  test('a stepped SYSRET that clears TF does not trap', () => {
    expect(traps(TF, 0, TF)).toEqual([]);
  });
});
