import { expect, test } from 'vitest';
import type { BootStop } from './ending.js';
import { userspaceMarker } from './init/program.js';
import type { BootOptions } from './options.js';
import { judge } from './verdict.js';

const initrd = new Uint8Array();

function verdict(stop: BootStop, options: BootOptions, names: string[], console = ''): string {
  const waypoints = names.map((name) => ({ name, instruction: 0, time: 0 }));
  const { verdict, reason } = judge({ stop, options, ownInit: !options.initrd, waypoints, console });
  return `${verdict}: ${reason}`;
}

test.each<[string, BootStop, BootOptions, string[], string, string]>([
  ['our init said so', 'power-off', {}, ['entry', 'userspace'], userspaceMarker, 'userspace: Init ran.'],
  [
    'our init did not say so',
    'power-off',
    {},
    ['entry', 'userspace'],
    '',
    'failed: After init began to run, before it said so: it switched the power off.',
  ],
  ["a user's init ran", 'budget', { initrd }, ['entry', 'userspace'], '', 'userspace: Init ran.'],
  [
    "a user's init did not",
    'shutdown',
    { initrd },
    ['entry', 'start_kernel'],
    '',
    'failed: After start_kernel, before userspace: a triple fault shut the processor down.',
  ],
  [
    'a waypoint',
    'waypoint',
    { until: 'rest_init' },
    ['entry', 'rest_init'],
    '',
    'reached: It reached rest_init.',
  ],
  [
    'userspace as the waypoint',
    'waypoint',
    { until: 'userspace' },
    ['userspace'],
    '',
    'userspace: Init ran.',
  ],
  [
    'a waypoint that was passed by',
    'power-off',
    { until: 'x' },
    ['entry', 'userspace'],
    userspaceMarker,
    'failed: After userspace, before x: it switched the power off.',
  ],
])('%s', (_, stop, options, names, console, said) => {
  expect(verdict(stop, options, names, console)).toBe(said);
});
