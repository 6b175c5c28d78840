/**
 * `npm run boots`: boots every Linux/x86 kernel of the corpus every way that it can be booted, in every variant, and writes
 * docs/boots.md. Results are kept, so that an interrupted run goes on where it was.
 *
 *   --repeat N   boots one kernel N times more: all must end in the same state
 *   --only TEXT  only boots whose name contains it, as in --repeat 100 --only repeat; docs/boots.md stays as it is
 *   --jobs N     boots at a time, one a processor unless told
 *   --fresh      forget what is known
 *   --no-write   leave docs/boots.md alone
 *
 * Exit codes: 0 all reached userspace, and the repeated ones the same state, 1 not, 4 no corpus.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { StatusLine } from '../../src/cli/status-line.js';
import { matrixPool } from '../../src/cli/workers/pool.js';
import { failureText } from '../../src/matrix/pool.js';
import { UnderWay } from '../../src/matrix/under-way.js';
import { corpusFile, corpusReason } from '../corpus/locate.js';
import { type Case, cases, kernels } from './cases.js';
import { Results } from './results.js';
import { page } from './table.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      repeat: { type: 'string', default: '0' },
      only: { type: 'string', default: '' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      fresh: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
    },
  });
  const missing = kernels.flatMap(({ id }) => corpusReason(id) ?? []);
  if (missing.length > 0) {
    say(`${missing.join('\n')}\nskipped: the suite needs the whole corpus`);
    return 4;
  }
  const known = new Results(
    kernels.map(({ id }) => corpusFile(id)!.sha256),
    values.fresh,
  );
  const repeat = Number(values.repeat);
  const all = cases(repeat).filter(({ key }) => key.includes(values.only));
  await bootAll(
    all.filter(({ key }) => !known.get(key)),
    known,
    Number(values.jobs),
  );
  if (!values['no-write'] && values.only === '') {
    const path = fileURLToPath(new URL('../../docs/boots.md', import.meta.url));
    writeFileSync(
      path,
      page((key) => known.get(key), repeat),
    );
  }
  const results = all.map(({ key }) => known.get(key));
  const good = results.filter((result) => result?.verdict === 'userspace').length;
  const again = results.filter((result) => / repeat \d+$/.test(result?.key ?? ''));
  const states = new Set(again.map((result) => result?.hash)).size;
  say(
    `${good} of ${all.length} boots reached userspace${again.length > 0 ? `; the repeated ones in ${states} state${states === 1 ? '' : 's'}` : ''}`,
  );
  return good === all.length && states <= 1 ? 0 : 1;
}

async function bootAll(open: readonly Case[], known: Results, jobs: number): Promise<void> {
  const pool = matrixPool(jobs);
  const status = new StatusLine(false);
  const underWay = new UnderWay();
  const ids = kernels.map(({ id }) => id);
  const show = (): void => status.show(underWay.line(`${underWay.ended} of ${open.length}`));
  for (const { key, kernel, way, variant } of open) {
    const { path: source } = corpusFile(kernel)!;
    pool.add({
      task: { kind: 'boot', index: ids.indexOf(kernel), source, ...way, options: variant.options },
      progress: (progress) => {
        underWay.progress(key, progress);
        show();
      },
      done: (answer) => {
        underWay.end(key);
        if (answer.kind === 'opened') return;
        const nothing = { instructions: 0, seconds: 0, slide: null, hash: null };
        const result =
          answer.kind === 'booted'
            ? answer.cell
            : { ...nothing, verdict: 'failed' as const, reason: failureText(answer) };
        const { verdict, reason, instructions, seconds, slide, hash } = result;
        known.add({ key, verdict, reason, instructions, seconds, slide, hash });
        status.clear();
        const millions = Math.round(instructions / 1e6);
        say(
          `${key}: ${verdict === 'userspace' ? `userspace, ${millions} M in ${seconds.toFixed(1)} s` : reason}`,
        );
        show();
      },
    });
  }
  if (open.length > 0) await pool.run();
  status.clear();
}

process.exitCode = await main();
