/**
 * `npm run faults -- [NAME…]`: builds kernels with a fault each from Debian's kernel source, and their twins without one. What is
 * built is kept, and an interrupted run goes on where it was. Needs flex, bison, bc and libelf-dev besides what `npm test` installs,
 * 140 MB of download and 3 GB of disk under ~/.cache/zeropage/faults.
 *
 *   --list       say which faults there are, and build nothing
 *
 * Exit codes: 0 done, 2 a build failed, 4 no source, or no compiler.
 */
import { parseArgs } from 'node:util';
import { CorpusFailure } from '../corpus/failure.js';
import { type Build, built, make, missingTools } from './build.js';
import { builtFaults } from './built.js';
import type { ConfigurationId } from './fault.js';
import { Source } from './source.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The kernel a fault is set against: the same configuration, no fault. */
const twin = (configuration: ConfigurationId): Build => ({
  id: configuration === 'base' ? 'twin' : `twin-${configuration}`,
  configuration,
  edits: [],
});

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { list: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !builtFaults.some(({ id }) => id === name));
  if (unknown.length > 0) throw new Error(`no fault ${unknown.join(', ')}: see --list`);
  const wanted = builtFaults.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  if (values.list) {
    for (const { id, title, expected } of wanted)
      say(
        `${id.padEnd(20)} ${title} (${expected.rules.join(' or ')}${expected.ways.map((way) => ` ${way}`).join('')})`,
      );
    return 0;
  }
  const tools = missingTools();
  if (tools !== undefined) {
    say(`skipped: a kernel cannot be built here: ${tools}`);
    return 4;
  }
  const source = await Source.open();
  for (const build of builds(wanted.map(({ id }) => id))) {
    const known = built(build, source);
    if (!known) say(`${build.id}: building`);
    const { path, seconds } = known ?? (await make(build, source));
    say(`${build.id}: ${path}, built in ${seconds} s${known ? ' earlier' : ''}`);
  }
  source.apply([]);
  return 0;
}

/** Those of these faults, each configuration's behind its twin. */
function builds(ids: readonly string[]): Build[] {
  return (['base', 'kasan'] as const).flatMap((id) => {
    const faults = builtFaults.filter(
      (fault) => ids.includes(fault.id) && (fault.configuration ?? 'base') === id,
    );
    return faults.length > 0
      ? [twin(id), ...faults.map(({ id: name, edits }) => ({ id: name, configuration: id, edits }))]
      : [];
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const { message } = error as Error;
    process.stderr.write(`faults: ${message}\n`);
    process.exitCode = error instanceof CorpusFailure && error.kind !== 'failed' ? 4 : 2;
  },
);
