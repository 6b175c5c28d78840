import { knownRules } from '../../src/contract/known-rules.js';
import type { CheckedImage, CheckedPath, CheckFinding } from '../../src/report/check.js';

/** Checks that never were, for whatever writes them. */

export function finding(
  image: string,
  rule: string,
  severity: CheckFinding['severity'],
  more: Partial<CheckFinding> = {},
): CheckFinding {
  return {
    image,
    rule,
    severity,
    entry: null,
    function: null,
    instruction: null,
    message: `${rule} is wrong.`,
    other: null,
    confidence: 'certain',
    reproduce: `zeropage inspect ${image}`,
    ...more,
  };
}

export function path(entry: CheckedPath['entry'], more: Partial<CheckedPath> = {}): CheckedPath {
  const waypoints = [
    { name: 'entry', instruction: 0, time: 0 },
    { name: 'start_kernel', instruction: 21_345_678, time: 21_345_678 },
    { name: 'userspace', instruction: 412_000_000, time: 500_000_000 },
  ];
  return { entry, platform: 'bare', verdict: 'userspace', problem: null, waypoints, ...more };
}

export function checkedImage(image: string, more: Partial<CheckedImage> = {}): CheckedImage {
  return { image, file: `boot/${image}`, release: '6.12', problem: null, paths: [], unjudged: [], ...more };
}

const [odd, none] = ['a#b|c,<"&">:%\u0001\ud800', 'unreadable'];

/** An image with a finding of every kind, one that cannot be read, and one of which a boot is lost. */
export const awkwardCheck = {
  rules: knownRules,
  images: [
    checkedImage(odd, {
      file: `some where/${odd.slice(0, -1)}`,
      paths: [path('linux64'), path('pvh', { platform: 'xen-pvh', verdict: 'failed' })],
    }),
    checkedImage(none, {
      release: null,
      problem: 'cannot be read: no such file',
      unjudged: knownRules.map(({ rule }) => ({ rule, reason: 'The image cannot be read.' })),
    }),
    checkedImage('lost', {
      paths: [
        path('linux64', { verdict: 'not-supported', problem: 'The machine lacks VMX.', waypoints: [] }),
      ],
      unjudged: [{ rule: 'entry-does-not-boot', reason: 'There is no boot that it could be seen in.' }],
    }),
  ],
  findings: [
    finding(odd, 'crc32-mismatch', 'note'),
    finding(odd, 'xen-note-misplaced', 'warning', { confidence: 'likely' }),
    finding(odd, 'entry-does-not-boot', 'error', {
      entry: 'pvh/xen-pvh',
      function: 'setup_arch.isra.0+0x12',
      instruction: 1_234_567,
      message: 'After startup_64: VFS: `kernel panic` #2.',
      other: 'linux64 got there.',
      reproduce: "zeropage boot 'some where/x' --entry pvh --platform xen-pvh",
    }),
    finding(odd, 'entry-does-not-boot', 'error', {
      entry: 'pvh/xen-pvh',
      function: 'setup_arch',
      instruction: 1_234_568,
      message: 'Again.',
    }),
  ],
};
