import { expect, test } from 'vitest';
import { craftPvhGuest } from '../../test/craft/pvh-guest.js';
import { HerePool } from '../../test/trace/pool.js';
import { CheckRun } from './check.js';

async function findings(source: string) {
  const image = { name: 'guest', file: 'guest', data: craftPvhGuest(source) };
  const plan = {
    options: { memory: 32 },
    platforms: ['bare' as const],
    asked: ' -m 32',
    vary: { seed: 1, count: 1 },
  };
  const report = await new CheckRun([image], plan).through(() => new HerePool());
  return report!.findings.map(({ rule, severity, entry, message, reproduce }) => ({
    rule,
    severity,
    entry,
    message,
    reproduce,
  }));
}

const shown = (choice: string): string =>
  `zeropage boot guest --entry pvh --platform bare --vary 1:${choice} -m 32`;

test('a kernel that depends on a stale register and on the maker of the processor is found, and by what', async () => {
  const source = 'test ecx, ecx; jnz die; xor eax, eax; cpuid; cmp ebx, 0x68747541; jne die';
  expect(await findings(source)).toEqual([
    expect.objectContaining({
      rule: 'leaked-state',
      severity: 'error',
      entry: 'pvh',
      message: expect.stringMatching(/^With another value in RCX the boot ends otherwise: .*pvh\.pandoc/),
      reproduce: shown('rcx'),
    }),
    expect.objectContaining({
      rule: 'processor-assumption',
      severity: 'error',
      entry: 'pvh',
      reproduce: shown('vendor'),
    }),
  ]);
});

test('a kernel that depends on nothing that is open is not', async () => {
  const careful = 'cld; mov esp, 0x100f00; xor edx, edx; mov [0x1000000], edx; cmp [0x1000000], edx; jne die';
  expect(await findings(careful)).toEqual([]);
});
