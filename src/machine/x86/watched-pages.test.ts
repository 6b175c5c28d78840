import { describe, expect, test } from 'vitest';
import { Guest } from '../../../test/machine/guest.js';
import { o, putCode } from '../../../test/machine/guest-code.js';

const { imm, qword, dword, word, RAX, RBX, RCX, RDI, RSI } = o;
const data = 0x40000;
const copy = 0x50000;
const rounds = 50;

interface Access {
  readonly at: number;
  readonly bytes: number;
  readonly write: boolean;
  readonly pc: bigint;
}

/** Reads, changes, writes, crosses a page's end and copies, again and again. */
function run(translates: boolean, watch?: (guest: Guest, accesses: Access[]) => void) {
  const guest = new Guest('long', {}, translates ? { threshold: 4 } : false);
  const accesses: Access[] = [];
  watch?.(guest, accesses);
  const address = putCode(guest, (code, a) => {
    code.mov(RBX, imm(data));
    code.mov(RCX, imm(rounds));
    const again = a.label('again');
    code.mov(RAX, qword(RBX, 8));
    a.label('change');
    code.add(dword(RBX, 16), imm(1));
    a.label('write');
    code.mov(word(RBX, 24), imm(7));
    a.label('cross');
    code.mov(RAX, qword(RBX, -4));
    code.push(RCX);
    code.mov(RSI, imm(data));
    code.mov(RDI, imm(copy));
    code.mov(RCX, imm(16));
    a.label('copy');
    code.rep_movsb();
    code.pop(RCX);
    code.dec(RCX);
    code.jne(again);
    code.hlt();
  });
  guest.cpu.run(100_000);
  const { now, gpr } = guest.cpu;
  return { address, accesses, state: { now, gpr: [...gpr], words: guest.read32(data + 16) } };
}

const listen =
  (reads: boolean, most?: number) =>
  (guest: Guest, accesses: Access[]): void => {
    const { watched } = guest.cpu.engine.linear;
    const watch = watched.watch(
      (at, bytes, write) => {
        accesses.push({ at, bytes, write, pc: guest.cpu.engine.retirement.running! });
        if (accesses.length === most) watch.forget(data >>> 12);
      },
      { reads },
    );
    watch.add(data, 32);
  };

describe.each([false, true])('translated: %s', (translates) => {
  test('nothing changes, and every access is seen with its instruction', () => {
    const plain = run(translates);
    const { accesses, state, address } = run(translates, listen(true));
    expect(state).toEqual(plain.state);
    const pc = address('again');
    const round = [
      { at: data + 8, bytes: 8, write: false, pc },
      { at: data + 16, bytes: 4, write: true, pc: address('change') },
      { at: data + 24, bytes: 2, write: true, pc: address('write') },
      { at: data, bytes: 4, write: false, pc: address('cross') },
      { at: data, bytes: 16, write: false, pc: address('copy') },
    ];
    expect(accesses).toEqual(Array.from({ length: rounds }, () => round).flat());
  });

  test('writes alone', () => {
    const { accesses, state } = run(translates, listen(false));
    expect(state).toEqual(run(translates).state);
    expect(accesses).toHaveLength(2 * rounds);
    expect(accesses.every(({ write }) => write)).toBe(true);
  });

  test('a page that is let go is not seen any more', () => {
    const { accesses } = run(translates, listen(true, 7));
    expect(accesses).toHaveLength(7);
  });
});
