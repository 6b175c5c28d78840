import { entries } from '../../src/entry/entries.js';
import type { Choice } from '../../src/entry/start/vary/choice.js';
import { choicesOf } from '../../src/entry/start/vary/choices.js';

const varied = entries.flatMap(({ id, freedom }) =>
  freedom ? [{ id, freedom, open: choicesOf(freedom) }] : [],
);

/** What is in docs/variations.md of the choices: which entries have them, and by which clauses. */
export function variationTables(): string {
  return [choicesByEntry(), ...varied.map(clauses)].join('\n');
}

function choicesByEntry(): string {
  const all = new Map<string, Choice>();
  // In the order of the table of choices, which each entry has a part of.
  for (const { open } of varied) for (const choice of open) all.set(choice.id, choice);
  const families = [...new Set([...all.values()].map(({ family }) => family))];
  const rows = families.flatMap((family) =>
    [...all.values()].filter((choice) => choice.family === family).map((choice) => rowOf(choice)),
  );
  const heads = ['Choice', 'Family', 'With it there is', ...varied.map(({ id }) => `\`${id}\``)];
  const rule = heads.map((_, index) => (index < 3 ? ':--' : ':-:'));
  return table([heads, rule, ...rows]);
}

function rowOf({ id, family, title }: Choice): string[] {
  const cells = varied.map(({ open }) => (open.some((choice) => choice.id === id) ? '✓' : ''));
  return [`\`${id}\``, `\`${family}\``, title, ...cells];
}

function clauses({ id, freedom, open }: (typeof varied)[number]): string {
  const byClause = new Map<string, string[]>();
  for (const choice of open) {
    const clause = choice.clause(freedom)!;
    byClause.set(clause, [...(byClause.get(clause) ?? []), `\`${choice.id}\``]);
  }
  const rows = [...byClause].map(([clause, ids]) => [ids.join(', '), clause]);
  return `### ${id}\n\n${table([['Choices', 'Left open by'], [':--', ':--'], ...rows])}`;
}

const table = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
