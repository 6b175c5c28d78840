import { writePowerOff } from '../common/power-off.js';
import type { StubId } from '../entries/entry-stub.js';
import { type Universal, universal } from '../universal.js';
import { checks } from './checks/checks.js';
import { writeConsole } from './console.js';
import { writeEfiChecks } from './efi-checks.js';
import { writeEfiProbe, writeProbeData } from './efi-probe.js';
import { writeGdtCheck } from './gdt-check.js';
import { writeMemoryChecks } from './memory-checks.js';
import { writeRunner } from './runner.js';
import { writeXenPvChecks, writeXenPvSpace } from './xen-pv-checks.js';

/** The conformance guest: on whichever entry it is started, it checks every claim of that entry's ABI and says what it found. */
export function conformanceGuest(entries?: readonly StubId[]): Universal {
  const offers = (id: string): boolean => entries?.some((entry) => entry === id) ?? true;
  const offered = Object.fromEntries(Object.entries(checks).filter(([id]) => offers(id)));
  return universal({
    entries,
    stages: { beforePost: [], afterPost: [], withBootServices: offers('efi') ? ['efi_probe'] : [] },
    bss: offers('xen-pv') ? writeXenPvSpace : undefined,
    payload: (a) => {
      writeRunner(a, offered);
      writeMemoryChecks(a);
      writeGdtCheck(a);
      if (offers('efi')) {
        writeEfiProbe(a);
        writeEfiChecks(a);
      }
      if (offers('xen-pv')) writeXenPvChecks(a);
      writeProbeData(a);
      writeConsole(a);
      writePowerOff(a);
    },
  });
}
