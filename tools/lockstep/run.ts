/**
 * `npm run lockstep`: boots every Linux/x86 kernel of the corpus every way there is, twice side by side, interpreted and
 * translated, to its end, and compares the hash of the whole state every so many instructions.
 *
 *   --every N    instructions between two comparisons, 1e6 unless told
 *   --memory N   MiB of each machine, 256 unless told; hashing takes time in proportion
 *   --only TEXT  only boots whose "kernel entry variant" begins so
 *   --variants   every variant of `npm run boots`, not just the default one
 *
 * Exit codes: 0 all equal, 1 not, 4 no corpus.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openImage } from '../../src/image/open.js';
import { cases, kernels } from '../boots/cases.js';
import { corpusFile, corpusReason } from '../corpus/locate.js';
import { lockstep } from './lockstep.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      every: { type: 'string', default: '1e6' },
      memory: { type: 'string', default: '256' },
      only: { type: 'string', default: '' },
      variants: { type: 'boolean', default: false },
    },
  });
  const missing = kernels.flatMap(({ id }) => corpusReason(id) ?? []);
  if (missing.length > 0) {
    say(`${missing.join('\n')}\nskipped: the comparison needs the whole corpus`);
    return 4;
  }
  let failed = 0;
  for (const { key, kernel, way, variant } of cases(0)) {
    if (!key.startsWith(values.only) || (variant.id !== 'default' && !values.variants)) continue;
    const image = await openImage(readFileSync(corpusFile(kernel)!.path));
    const options = { memory: Number(values.memory), ...variant.options };
    const step = Number(values.every);
    const { differs, compared, instructions, stop, statistics } = await lockstep(image, way, options, {
      step,
      until: Number.POSITIVE_INFINITY,
    });
    if (differs !== undefined) failed++;
    const millions = Math.round(instructions / 1e6);
    say(
      `${key}: ${differs === undefined ? `equal at ${compared} points` : `differs at ${differs}`}, ${millions} M instructions, ${stop}, ${statistics.regions} regions, ${statistics.invalidated} invalidated`,
    );
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
