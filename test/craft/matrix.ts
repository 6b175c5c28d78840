import { emptyCell, type MatrixCell, type MatrixSubject, matrix } from '../../src/report/matrix.js';

/** Results of boots that never were, for whatever writes or reads them. */

const offers = (...ids: readonly string[]): MatrixSubject['offers'] =>
  ids.map((id) => ({ id, offered: true, via: 'image', reason: '', evidence: [] }) as never);

export function booted(entry: MatrixCell['entry'], cause?: string): MatrixCell {
  const cell = emptyCell({ entry, platform: 'bare' }, 'failed', cause ?? '', `After entry: ${cause}.`);
  const waypoints = [{ name: 'userspace' }] as never;
  return cause === undefined
    ? { ...cell, verdict: 'userspace', cause: 'userspace', waypoints, via: 'payload', seconds: 1.5 }
    : { ...cell, via: 'image' };
}

export function subject(image: string, ...results: MatrixCell[]): MatrixSubject {
  const ids = results.map(({ entry }) => entry);
  return { image, offers: offers('efi', ...ids), results, wanted: results };
}

/** Six kernels with the names that Debian gives them; of `longest`, a seventh. */
const names = ['5.10.0-46-cloud-amd64', '6.1.0-56-amd64', '6.1.0-56-cloud-amd64'].concat([
  '6.12.117+deb13-amd64',
  '6.12.117+deb13-cloud-amd64',
  '5.10.0-32-686-pae',
]);
export const kernels = names.map((name) =>
  subject(
    `vmlinuz-${name}`,
    booted('linux32'),
    booted('linux64', 'kernel panic'),
    booted('pvh'),
    booted('multiboot', 'out of budget'),
    booted('multiboot2'),
  ),
);
export const awkward = matrix([
  subject('a#b|c,<"&">:%\u0001\ud800', booted('linux32', 'triple fault'), booted('pvh')),
  { image: 'unreadable', problem: 'no known kernel format', offers: [], results: [], wanted: [] },
  subject('arm64 & <none>'),
]);
