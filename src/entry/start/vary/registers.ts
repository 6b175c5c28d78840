import { GPR } from '../../../abi/x86/registers.js';
import type { EntryId } from '../../entry.js';
import type { Choice, Clauses } from './choice.js';
import { unnamed } from './clauses.js';

type Name = keyof typeof GPR;

/** General registers that an entry states. */
const stated: Partial<Record<EntryId, readonly Name[]>> = {
  linux32: ['RBX', 'RBP', 'RSI', 'RDI'],
  linux64: ['RSI'],
  pvh: ['RBX'],
  multiboot: ['RAX', 'RBX'],
  multiboot2: ['RAX', 'RBX'],
};

/** Those that 32-bit code can name. */
const old = 8;

/** General registers that the loader left something in. */
export const registers: readonly Choice[] = (Object.keys(GPR) as Name[]).map((name) => ({
  id: name.toLowerCase(),
  family: 'registers',
  title: `another value in ${name}`,
  free: clausesOf(name),
  after({ cpu }, random) {
    const value = random.long();
    // Code that cannot name the upper half gets what it would be cleared to.
    cpu.gpr[GPR[name]] = cpu.codeBits === 64 ? value : BigInt.asUintN(32, value);
  },
}));

function clausesOf(name: Name): Clauses {
  const open = Object.entries(unnamed).filter(
    ([entry]) => !stated[entry as EntryId]!.includes(name) && (entry === 'linux64' || GPR[name] < old),
  );
  return Object.fromEntries(open);
}
