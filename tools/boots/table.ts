import { cpus } from 'node:os';
import { count } from '../../src/report/text/quantity.js';
import { type CorpusFile, corpusFile } from '../corpus/locate.js';
import { kernels, keyOf, nameOf, repeated, repeatKey, variants } from './cases.js';
import type { BootRecord } from './results.js';

type Find = (key: string) => BootRecord | undefined;

/** docs/boots.md. */
export function page(find: Find, repeat: number): string {
  const head = ['Kernel', 'Entry', ...variants.map(({ title }) => title)];
  const rows = kernels.flatMap(({ id, ways }) =>
    ways.map((way) => [
      name(id),
      `\`${nameOf(way)}\``,
      ...variants.map((variant) => cell(find(keyOf(id, way, variant)))),
    ]),
  );
  const lines = [head, [':--', ':--', ...variants.map(() => ':--')], ...rows];
  return `# Boots

Debian's kernels on our machine, each from the entry to userspace and power-off: \`npm run boots\` writes this page, and
goes on where it was when it is interrupted.

${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}

✓ userspace, with the instructions retired until then in millions; below it how far KASLR moved the kernel. Through PVH the kernel
is entered behind the code that would move it. Default: 512 MiB, the \`pc\` chipset, the \`x86-64\` processor, the
generated init.
${repeat > 0 ? `\n${repetition(find, repeat)}\n` : ''}
${figures(find)}
`;
}

function name(id: string): string {
  const { release } = corpusFile(id) as CorpusFile;
  const [, debian, flavour] = /^debian-(\d+)-(.+)$/.exec(id)!;
  return `Debian ${debian} ${flavour}, Linux ${/^\d+\.\d+/.exec(release ?? '')?.[0] ?? '?'}`;
}

function cell(record: BootRecord | undefined): string {
  if (!record) return 'not run';
  if (record.verdict !== 'userspace') return `✗ ${record.reason.replaceAll('|', '\\|')}`;
  const { slide } = record;
  const moved = slide && slide !== '0x0' ? `<br>+${slide}` : '';
  return `✓ ${count(Math.round(record.instructions / 1e6))} M${moved}`;
}

function repetition(find: Find, repeat: number): string {
  const records = Array.from({ length: repeat }, (_, i) => find(repeatKey(i))).filter(
    (record) => record !== undefined,
  );
  const good = records.filter(({ verdict }) => verdict === 'userspace').length;
  const hashes = new Set(records.map(({ hash }) => hash));
  const state =
    hashes.size === 1 ? 'all in the same state to the last bit' : `in ${hashes.size} different states`;
  return `${name(repeated.id)} through \`${nameOf(repeated.way)}\`, ${count(records.length)} times over: ${count(good)} reached userspace, ${state}.`;
}

function figures(find: Find): string {
  const records = kernels.flatMap(({ id, ways }) =>
    ways.flatMap((way) => variants.flatMap((variant) => find(keyOf(id, way, variant)) ?? [])),
  );
  const sum = (of: (record: BootRecord) => number): number =>
    records.reduce((total, one) => total + of(one), 0);
  const mips = sum(({ instructions }) => instructions) / sum(({ seconds }) => seconds) / 1e6;
  return `Measured: ${mips.toFixed(0)} MIPS on average over the table (${cpus()[0]?.model.trim()}, Node ${process.version}).`;
}
