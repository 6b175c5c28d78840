import { type WaypointName, waypoint } from '../names.js';
import { isCutShort, reached, who } from '../paths.js';
import type { RuleBase } from '../rule-base.js';
import type { Kind } from './kind.js';

export interface ReachesRule extends RuleBase {
  /** Waypoint that the paths must reach. */
  readonly reaches: WaypointName;
}

export const reaches: Kind<ReachesRule> = {
  id: 'reaches',
  order: 3,
  title: 'The waypoint that paths must reach',
  members: { reaches: waypoint('The waypoint that the paths must reach.') },
  isAboutPaths: true,
  *judge({ reaches: wanted }, { subject, paths }) {
    for (const path of paths) {
      if (reached(path, wanted) !== undefined) continue;
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
          subject.paths.filter((other) => reached(other, wanted) !== undefined),
          'reaches it',
          'reach it',
        ),
        command: 'boot',
      };
    }
  },
};
