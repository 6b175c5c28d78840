import type { BootOptions } from '../boot/options.js';
import type { Contract } from '../contract/language/contract.js';
import type { EntryId } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import { type CheckReport, type CheckTerms, checkReport } from '../report/check.js';
import { CheckRun, checkedPlatforms, usualVariation } from './check.js';
import { HerePool } from './here-pool.js';
import type { NamedImage } from './pool.js';
import type { VaryPlan } from './vary.js';

/** What is asked of a check. */
export interface CheckOptions extends CheckTerms {
  /** Of every boot; entry and platform are those of the path. */
  readonly boot?: Omit<BootOptions, 'entry' | 'platform' | 'variation'>;
  /** Default: all that the image offers and that can be booted. */
  readonly entries?: readonly EntryId[];
  /** Each entry on those of these it has; default: bare, xen-pv, xen-pvh. */
  readonly platforms?: readonly PlatformId[];
  /** What the paths must, may and must not do. */
  readonly contract?: Contract;
  /** What its limits of growth compare with. */
  readonly against?: NamedImage;
  /** Boots whose start of day is otherwise, so many from a seed on; false: none. Default: one of each path, with seed 1. */
  readonly vary?: VaryPlan | false;
  /** Of each boot, in seconds; default: none. */
  readonly timeLimit?: number;
  /** Is told how far all is, in a line. */
  readonly onProgress?: (text: string) => void;
  /** Gives up; the promise is then rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** Where commands that show a finding look for the contract. */
const contractName = 'contract.yaml';

/**
 * Boots images through their entries, one boot after the other, and holds them against rules, detectors and a contract: what
 * `zeropage check --json` prints. Each needs a name of its own.
 */
export async function check(images: readonly NamedImage[], options: CheckOptions = {}): Promise<CheckReport> {
  const { contract, against, vary = usualVariation, signal } = options;
  const plan = {
    options: options.boot ?? {},
    entries: options.entries,
    platforms: options.platforms ?? checkedPlatforms,
    timeLimit: options.timeLimit,
    asked: '',
    contract: contract && { file: contractName, contract },
    against: against && { name: against.name, files: [against.name], from: against },
    vary: vary === false ? undefined : vary,
  };
  const files = images.map(({ name, data }) => ({ name, file: name, data }));
  signal?.throwIfAborted();
  const checked = await new CheckRun(files, plan, options.onProgress).through(() => {
    const pool = new HerePool();
    signal?.addEventListener('abort', () => pool.stop());
    return pool;
  });
  signal?.throwIfAborted();
  // Nobody else stops the pool.
  return checkReport(checked!, options);
}
