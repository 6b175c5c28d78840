import type { CpuidOptions } from '../../src/machine/x86/cpuid.js';
import { Assembler } from '../../src/stub/assembler/assembler.js';
import { label } from '../../src/stub/assembler/operands.js';
import { type PvGuest, pvGuest } from './pv-guest.js';

/** Scratch page that the code stands on; the one before it is its stack. */
const CODE = 8;
/** More instructions than any of these programs has. */
const BUDGET = 2000;

/** A vector's handler there, as set_trap_table would have it: all of them stop. */
const STOP = 'stop';

export interface PvCode {
  readonly guest: PvGuest;
  readonly gpr: BigUint64Array;
  /** The vector that ended the program; undefined: it came to its end. */
  readonly vector: number | undefined;
}

/**
 * Runs code as the kernel of a PV guest until its end or its first exception; it must not leave a frame behind that matters.
 * `before` is called when the code is in place.
 */
export async function runPvCode(
  write: (a: Assembler) => void,
  {
    cpu,
    before,
  }: { cpu?: CpuidOptions; before?: (guest: PvGuest, address: (name: string) => bigint) => void } = {},
): Promise<PvCode> {
  const guest = await pvGuest(16, cpu);
  const { domain, machine } = guest;
  const a = new Assembler();
  const { code: c } = a;
  a.label('start');
  write(a);
  a.label('end');
  c.jmp(label('end'));
  for (let vector = 0; vector < 32; vector++) {
    a.label(`${STOP} ${vector}`);
    c.jmp(label(`${STOP} ${vector}`));
  }
  const program = a.assemble(guest.page(CODE));
  if (!domain.guest.write(program.base, program.bytes)) throw new Error('no page for the code');
  for (let vector = 0; vector < 32; vector++) {
    const address = program.address(`${STOP} ${vector}`);
    domain.traps[vector] = { dpl: 3, masks: false, selector: 0xe033, address };
  }
  before?.(guest, (name) => program.address(name));
  machine.cpu.gpr[4] = guest.page(CODE);
  machine.cpu.rip = program.address('start');
  machine.run(machine.cpu.now + BUDGET);
  const at = BigInt.asUintN(64, machine.cpu.rip);
  const vector = [...Array(32).keys()].find((n) => program.address(`${STOP} ${n}`) === at);
  if (vector === undefined && at !== program.address('end'))
    throw new Error(`stopped at ${at.toString(16)}: ${machine.endReason}`);
  return { guest, gpr: machine.cpu.gpr, vector };
}
