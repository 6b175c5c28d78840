import { expect, test } from 'vitest';
import { craftPvhGuest } from '../../test/craft/pvh-guest.js';
import { CheckRun } from './check.js';
import { HerePool } from './here-pool.js';
import type { Job } from './pool.js';
import type { RecordingAnswer, RecordingPool, RecordingTask } from './recordings.js';

async function checked(source: string, pool: RecordingPool = new HerePool()) {
  const image = { name: 'guest', file: 'guest', data: craftPvhGuest(source) };
  const plan = {
    options: { memory: 32 },
    platforms: ['bare' as const],
    asked: ' -m 32',
    vary: { seed: 1, count: 1 },
  };
  return (await new CheckRun([image], plan).through(() => pool))!;
}

async function findings(source: string) {
  const report = await checked(source);
  return report.findings.map(({ rule, severity, entry, message, reproduce }) => ({
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

test('a kernel that takes for granted what a lesser processor has not, and a greater one has, is found for both', async () => {
  const source = 'mov eax, 1; cpuid; bt edx, 16; jnc die; bt ecx, 31; jc die';
  expect((await findings(source)).map(({ rule, reproduce }) => [rule, reproduce])).toEqual([
    ['processor-assumption', shown('features-fewer')],
    ['processor-assumption', shown('hypervisor')],
  ]);
});

test('a kernel that depends on nothing that is open is not', async () => {
  const careful = 'cld; mov esp, 0x100f00; xor edx, edx; mov [0x1000000], edx; cmp [0x1000000], edx; jne die';
  expect(await findings(careful)).toEqual([]);
});

/** Ends every varied boot as a time limit does. */
class ShortPool extends HerePool {
  override add(job: Job<RecordingTask, RecordingAnswer>): void {
    const done = (answer: Parameters<typeof job.done>[0]): void => {
      const isVaried = job.task.kind === 'record' && job.task.options.variation !== undefined;
      const cut = { verdict: 'open', stop: 'time-limit', reason: 'The time limit was reached.' };
      const isCut = answer.kind === 'recorded' && isVaried;
      job.done(isCut ? { ...answer, recording: { ...answer.recording, ...cut } } : answer);
    };
    super.add({ ...job, done });
  }
}

test('a varied boot that was cut short is no difference, and it is said that nothing is known of it', async () => {
  const report = await checked('test ecx, ecx; jnz die', new ShortPool());
  expect(report.findings).toEqual([]);
  expect(report.images[0]!.paths[0]!.problem).toBe(
    'Varied with seed 1, it was not judged. The time limit was reached.',
  );
});
