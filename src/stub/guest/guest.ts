import { writePowerOff } from '../common/power-off.js';
import type { StubId } from '../entries/entry-stub.js';
import { type Universal, universal } from '../universal.js';
import { checks } from './checks/checks.js';
import { writeConsole } from './console.js';
import { writeGdtCheck } from './gdt-check.js';
import { writeMemoryChecks } from './memory-checks.js';
import { writeRunner } from './runner.js';

/** The conformance guest: on whichever entry it is started, it checks every claim of that entry's ABI and says what it found. */
export function conformanceGuest(entries?: readonly StubId[]): Universal {
  return universal({
    entries,
    payload: (a) => {
      writeRunner(a, checks);
      writeMemoryChecks(a);
      writeGdtCheck(a);
      writeConsole(a);
      writePowerOff(a);
    },
  });
}
