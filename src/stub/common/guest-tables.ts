import { initStage } from '../../abi/init-entry.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import type { Initialiser, InitStage } from '../init/initialiser.js';
import { writeInitTables } from '../init/write.js';
import { natives, writeNativeOperations } from '../ops/native.js';
import type { OpTable } from '../ops/op-tables.js';
import { type OperationCalls, writeOpTables } from '../ops/write.js';
import { boot } from './fields.js';
import { writeInitWalker } from './init-walker.js';
import { writeInstallOperations } from './op-patch.js';
import type { CommonStages } from './start.js';

/** What a payload written with the assembler declares. */
export interface GuestTables {
  readonly initialisers: readonly Initialiser<o.Label>[];
  readonly opTables: readonly OpTable<o.Label>[];
  readonly calls: OperationCalls;
}

/** Where the common start comes to them: operations before anything that depends on them, then the early initialisers. */
export const guestTableStages: CommonStages = {
  beforePost: ['install_guest_operations'],
  afterPost: ['run_initialisers_early'],
};

/**
 * The tables of a payload in the universal image with all they need. Functions `install_guest_operations` and, for each stage,
 * `run_initialisers_<stage>` take RDI = boot_information; their results are kept in the words `install_result` and
 * `run_result_<stage>`, for the payload to look at. Must lie where it is written to and not zeroed at the start.
 */
export function writeGuestTables(a: Assembler, { initialisers, opTables, calls }: GuestTables): void {
  const { code: c } = a;
  const call = (part: string, routine: string, result: string, prepare: () => void): void => {
    a.part(part, () => {
      prepare();
      c.sub(o.RSP, imm(8));
      c.call(label(routine));
      c.mov(o.dword(label(result)), o.EAX);
      c.add(o.RSP, imm(8));
      c.ret();
    });
  };
  call('install_guest_operations', 'install_operations', 'install_result', () => {
    c.lea(o.RSI, mem(label('op_directory')));
  });
  const stages = Object.keys(initStage) as InitStage[];
  for (const stage of stages) {
    call(`run_initialisers_${stage}`, 'run_init_tables', `run_result_${stage}`, () => {
      c.lea(o.RAX, mem(label('init_table')));
      c.mov(boot('init_tables'), o.RAX);
      c.mov(o.ESI, imm(initStage[stage]));
    });
  }
  writeInstallOperations(a);
  writeInitWalker(a);
  writeNativeOperations(a);
  writeOpTables(a, opTables, natives, calls);
  writeInitTables(a, initialisers);
  a.align(4);
  for (const result of ['install_result', ...stages.map((stage) => `run_result_${stage}`)]) {
    a.label(result);
    a.u32(0);
  }
}
