/**
 * `npm run faults -- [NAME…]`: builds kernels with a fault each from Debian's kernel source, and their twins without one. What is
 * built is kept, and an interrupted run goes on where it was. Needs flex, bison, bc and libelf-dev besides what `npm test` installs,
 * 140 MB of download and 3 GB of disk under ~/.cache/zeropage/faults. Other faults are patched into a kernel of the corpus.
 *
 *   --list       say which faults there are, and build nothing
 *   --check      check each kernel and its twin, and say what was found
 *   --write      write that into docs/findings.md, too, and leave rows of other faults there
 *   --misses F   write a line for each fault that was not found into this file
 *
 * Exit codes: 0 done, and every fault that was checked was found, 1 one was not, 2 a build or check failed, 4 no source, or no compiler.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CorpusFailure } from '../corpus/failure.js';
import { corpusReason } from '../corpus/locate.js';
import { missingTools } from './build.js';
import { builtFaults } from './built.js';
import { check } from './checked.js';
import { builtPairs, type Pair, patchedKernel, patchedPairs } from './kernels.js';
import { patchedFaults } from './patched.js';
import { Source } from './source.js';
import { merged, misses, type Row, replaced, table } from './table.js';
import { isProof, judge } from './verdict.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
/**
 * Options of every check. A boot to start_kernel shows most faults, and one to userspace costs a hundred times as much; boots are
 * varied for the faults that this is to show.
 */
const always = ['--contract', here('contract.yaml'), '--until', 'start_kernel', '--no-vary'] as const;
const all = [...builtFaults, ...patchedFaults];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      misses: { type: 'string' },
    },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !all.some(({ id }) => id === name));
  if (unknown.length > 0) throw new Error(`no fault ${unknown.join(', ')}: see --list`);
  const wanted = all.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  if (values.list) {
    for (const { id, title, expected } of wanted) {
      const { rules, ways } = expected;
      say(`${id.padEnd(30)} ${title}: ${rules.join(' or ')}${ways.map((way) => ` ${way}`).join('')}`);
    }
    return 0;
  }
  const pairs = await pairsOf(wanted.map(({ id }) => id));
  if (!pairs) return 4;
  if (!values.check) return 0;
  const rows = await rowsOf(pairs);
  if (values.misses !== undefined)
    writeFileSync(
      values.misses,
      misses(rows)
        .map((line) => `${line}\n`)
        .join(''),
    );
  if (values.write) {
    const page = here('../../docs/findings.md');
    const text = readFileSync(page, 'utf8');
    const known = all.map(({ id }) => id);
    writeFileSync(page, replaced(text, 'faults', merged(text, table(rows), known)));
  }
  for (const line of misses(rows)) say(line);
  const found = rows.filter(({ verdict }) => isProof(verdict)).length;
  say(`${found} of ${rows.length} faults found, on whose twins there is nothing`);
  return found === rows.length ? 0 : 1;
}

/** The kernels; undefined where they cannot be had, which it has then said. */
async function pairsOf(ids: readonly string[]): Promise<Pair[] | undefined> {
  const mustBuild = builtFaults.some(({ id }) => ids.includes(id));
  const tools = mustBuild ? missingTools() : undefined;
  const reason = mustBuild ? undefined : corpusReason(patchedKernel);
  if (tools !== undefined || reason !== undefined) {
    say(`skipped: ${reason ?? `no kernel can be built here: ${tools}`}`);
    return undefined;
  }
  const built = mustBuild ? await builtPairs(ids, await Source.open(), say) : [];
  return [...built, ...(await patchedPairs(ids))];
}

async function rowsOf(pairs: readonly Pair[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { fault, faulty, twin, seconds } of pairs) {
    const options = [...always, ...(fault.options ?? [])];
    const silent = await check(twin, options);
    const checked = await check(faulty, options);
    const verdict = judge(fault, checked.report.findings, silent.report.findings);
    say(`${fault.id}: ${isProof(verdict) ? 'found' : 'missed'}, checked in ${checked.seconds} s`);
    rows.push({ fault, verdict, seconds: { built: seconds, checked: checked.seconds } });
  }
  return rows;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`faults: ${(error as Error).message}\n`);
    process.exitCode = error instanceof CorpusFailure && error.kind !== 'failed' ? 4 : 2;
  },
);
