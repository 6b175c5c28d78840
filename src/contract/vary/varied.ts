import type { Path } from '../../compare/path.js';
import type { Choice } from '../../entry/start/vary/choice.js';
import type { Difference } from './difference.js';

/** A boot that was taken again with its start of day otherwise, within what the entry's ABI leaves open, and went otherwise. */
export interface Varied {
  /** As it was taken before. */
  readonly path: Path;
  readonly seed: number;
  /** As few as cause it. */
  readonly choices: readonly Choice[];
  readonly difference: Difference;
  /** Function or waypoint that the boot was to get to; undefined: its end. */
  readonly until: string | undefined;
}
