import type { Times } from './measure.js';

/** What is compared: one of ours with one of theirs, from the same run. */
export interface Comparison {
  readonly ours: Times;
  readonly peer: Times;
  /** Largest ratio of medians, ours to the peer's, that is good enough; without one the line is for information. */
  readonly target?: number;
}

export function ratio({ ours, peer }: Comparison): number {
  return ours.median / peer.median;
}

export function isMissed(comparison: Comparison): boolean {
  return comparison.target !== undefined && ratio(comparison) > comparison.target;
}

/** A table with one line a comparison: medians with quartiles, their ratio, and the target. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = [['OURS', 'MEDIAN', '(QUARTILES)', 'PEER', 'MEDIAN', '(QUARTILES)', 'RATIO', 'TARGET', '']];
  for (const comparison of comparisons) {
    const { ours, peer, target } = comparison;
    rows.push([
      ours.label,
      ...spread(ours),
      peer.label,
      ...spread(peer),
      `${ratio(comparison).toFixed(2)}×`,
      target === undefined ? '-' : `≤ ${target}×`,
      target === undefined ? '' : isMissed(comparison) ? 'missed' : 'met',
    ]);
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const spread = ({ median, low, high }: Times): [string, string] => [
  milliseconds(median),
  `(${low.toFixed(0)}–${high.toFixed(0)})`,
];

const milliseconds = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
