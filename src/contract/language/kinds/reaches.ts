import { unknownPlace } from '../known-functions.js';
import { type PlaceName, place } from '../names.js';
import { arrivalAt, isCutShort, who } from '../paths.js';
import type { RuleBase } from '../rule-base.js';
import { absentPlaces } from '../strangers.js';
import type { Kind } from './kind.js';

export interface ReachesRule extends RuleBase {
  /** Waypoint or function that the paths must reach. */
  readonly reaches: PlaceName;
}

export const reaches: Kind<ReachesRule> = {
  id: 'reaches',
  order: 3,
  title: 'The waypoint or function that paths must reach',
  members: { reaches: place('The waypoint or function that the paths must reach.') },
  isAboutPaths: true,
  *judge({ reaches: wanted }, { subject, paths }) {
    yield* absentPlaces([wanted], 'must be reached', paths);
    for (const path of paths) {
      if (unknownPlace(path.recording, wanted) !== undefined || arrivalAt(path, wanted) !== undefined)
        continue;
      const { waypoints, reason, autopsy, instructions } = path.recording;
      if (isCutShort(path)) {
        yield { path, notKnown: true, message: `the boot ended before ${wanted}. ${reason}` };
        continue;
      }
      const last = waypoints.at(-1)?.name ?? 'nothing';
      yield {
        path,
        function: autopsy?.function ?? null,
        instruction: autopsy?.instruction ?? instructions,
        message: `${wanted} must be reached; the last waypoint is ${last}. ${reason}`,
        other: who(
          subject.paths.filter((other) => arrivalAt(other, wanted) !== undefined),
          'reaches it',
          'reach it',
        ),
        command: 'boot',
      };
    }
  },
};
