import { chooseWay } from '../../src/boot/choose.js';
import type { BootOptions } from '../../src/boot/options.js';
import { prepare } from '../../src/boot/prepare.js';
import type { Image } from '../../src/image/image.js';
import type {
  TranslatorOptions,
  TranslatorStatistics,
} from '../../src/machine/engine/translator/translator.js';
import type { Machine, MachineStop } from '../../src/machine/machine.js';
import { stateHash } from '../../src/machine/state-hash.js';
import { nameOf, type Way } from '../boots/cases.js';

/** Two boots of one image side by side, one interpreted and one translated. */
export interface LockstepResult {
  /** Instructions retired when the states differed first; undefined: they never did. */
  readonly differs: number | undefined;
  /** How often the states were compared. */
  readonly compared: number;
  readonly instructions: number;
  readonly stop: MachineStop;
  readonly statistics: TranslatorStatistics;
}

async function machine(image: Image, way: Way, options: BootOptions): Promise<Machine> {
  const chosen = chooseWay(image, way.entry);
  if ('verdict' in chosen) throw new Error(chosen.reason ?? `${nameOf(way)} cannot be booted`);
  return (await prepare(image, chosen, { ...options, platform: way.platform }, {})).machine;
}

/** Boots both up to `until` instructions or their end, and compares their states every `step`. */
export async function lockstep(
  image: Image,
  way: Way,
  options: BootOptions,
  { step, until, translate = {} }: { step: number; until: number; translate?: TranslatorOptions },
): Promise<LockstepResult> {
  const interpreted = await machine(image, way, { ...options, translate: false });
  const translated = await machine(image, way, { ...options, translate });
  let compared = 0;
  for (let at = step; ; at += step) {
    const stop = interpreted.run(at);
    const other = translated.run(at);
    compared++;
    const same = stop === other && stateHash(interpreted) === stateHash(translated);
    if (!same || stop !== 'budget' || at >= until) {
      return {
        differs: same ? undefined : at,
        compared,
        instructions: translated.instructions,
        stop: other,
        statistics: translated.cpu.translator!.statistics,
      };
    }
  }
}
