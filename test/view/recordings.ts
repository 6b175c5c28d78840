import type { Recording } from '../../src/trace/recording.js';
import { makeRecording } from '../trace/recording.js';

/** A name as no compiler makes it, which a page must show and not obey. */
export const hostile = '</script><img src=x onerror=alert(1)>&"';
const functions = [
  'stub',
  'startup_64',
  'x86_64_start_reservations',
  'init:start_kernel',
  'init:early',
  'init:never',
  'driver',
  hostile,
];
const waypoints = [
  { name: 'entry', instruction: 0, time: 0 },
  { name: 'start_kernel', instruction: 40, time: 40 },
];

/** Three paths of one image: two join at its first function, the third later, by way of a function with a hostile name. */
export const recordings: readonly Recording[] = [
  makeRecording({
    functions,
    waypoints,
    ran: [
      ['startup_64', 0],
      ['early', 3],
      ['x86_64_start_reservations', 20],
      ['start_kernel', 40],
      ['driver', 50],
    ],
    tree: [
      ['startup_64', -1, 0],
      ['early', 0, 1],
      ['x86_64_start_reservations', 0, 1],
      ['start_kernel', 2, 2],
      ['driver', 3, 1, 12],
    ],
  }),
  makeRecording({
    functions,
    waypoints,
    entry: 'pvh',
    ran: [
      ['stub', 0],
      ['startup_64', 2],
      ['early', 3],
      ['x86_64_start_reservations', 20],
      ['start_kernel', 40],
      ['driver', 50],
    ],
    tree: [
      ['stub', -1, 0],
      ['startup_64', 0, 2],
      ['early', 1, 1],
      ['x86_64_start_reservations', 1, 1],
      ['start_kernel', 3, 2],
      ['driver', 4, 1, 12],
    ],
  }),
  makeRecording({
    functions,
    waypoints,
    entry: 'xen-pv',
    platform: 'xen-pv',
    ran: [
      [hostile, 0],
      ['x86_64_start_reservations', 20],
      ['start_kernel', 40],
    ],
    tree: [
      [hostile, -1, 0],
      ['early', 0, 1],
      ['x86_64_start_reservations', 0, 1],
      ['start_kernel', 2, 2],
    ],
  }),
];
