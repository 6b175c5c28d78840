import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, type Label } from '../assembler/operands.js';

/** The ways out of a check. */
export interface Exits {
  readonly holds: Label;
  readonly fails: Label;
  readonly skip: Label;
}

/**
 * A check as a function: it returns EAX = 1 when its claim holds, 0 when not, 2 when it does not apply, and in RDX what it found; R12
 * to R15, RBP and RSP are kept. `body` ends with a jump, or by falling into `holds`.
 */
export function routine(a: Assembler, name: string, body: (exits: Exits) => void): void {
  const { code: c } = a;
  a.part(name, () => {
    const exits = { holds: a.local('holds'), fails: a.local('fails'), skip: a.local('skip') };
    body(exits);
    a.at(exits.holds);
    c.mov(o.EAX, imm(1));
    c.ret();
    a.at(exits.fails);
    c.xor(o.EAX, o.EAX);
    c.ret();
    a.at(exits.skip);
    c.mov(o.EAX, imm(2));
    c.ret();
  });
}
