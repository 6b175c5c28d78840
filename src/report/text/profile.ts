import type { ProfileRow } from '../../boot/profile.js';
import type { TranslatorStatistics } from '../../machine/observe.js';
import { columns } from './columns.js';

const MOST = 30;

/** Guest functions by host time, and what the translator did. */
export function profileText(
  rows: readonly ProfileRow[],
  statistics: TranslatorStatistics | undefined,
  width: number,
): string {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const table = rows
    .slice(0, MOST)
    .map(({ name, instructions, milliseconds, translated }) =>
      [
        `${((100 * milliseconds) / total).toFixed(1)} %`.padStart(6),
        `${milliseconds.toFixed(0)} ms`.padStart(8),
        `${(instructions / 1e6).toFixed(1)} M`.padStart(9),
        `${Math.round(100 * translated)} %`.padStart(5),
        name,
      ].map((text) => ({ text })),
    );
  const lines = [
    'Profile  host time, instructions, share that was translated; by samples',
    ...columns(table, { width }),
  ];
  if (rows.length > MOST) lines.push(`  … and ${rows.length - MOST} more`);
  lines.push('', `Translator  ${statistics ? 'what it did' : 'not used'}`);
  if (statistics) {
    const { modules, regions, blocks, instructions, bytes, invalidated, evicted } = statistics;
    const { planning, emission, compilation } = statistics;
    const facts = [
      ['regions', `${regions} of ${blocks} blocks, ${instructions} instructions, in ${modules} modules`],
      ['WebAssembly', `${(bytes / 1024).toFixed(0)} KiB`],
      ['dropped', `${invalidated} since their code changed, ${evicted} for room`],
      [
        'host time',
        `${planning.toFixed(0)} ms to plan, ${emission.toFixed(0)} ms to emit, ${compilation.toFixed(0)} ms to compile`,
      ],
    ];
    lines.push(
      ...columns(
        facts.map((row) => row.map((text) => ({ text }))),
        { width },
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}
