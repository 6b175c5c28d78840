import type { LoaderReport, LoadersReport } from '../loaders.js';
import { cell, columns } from './columns.js';
import { type Page, pageOf } from './page.js';
import type { Style } from './style.js';

/** Who takes a file, a row each; with the rules and their sources on a verbose page. Ends with a newline. */
export function loadersText({ file, loaders }: LoadersReport, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style, width, verbose } = page;
  const rows = loaders.map((loader) => [
    ...verdict(loader, style),
    cell(`${loader.loader}: ${loader.how}`),
    cell(loader.reason),
  ]);
  const table = verbose
    ? loaders.flatMap((loader) => details(loader, page))
    : columns(rows, { width, indent: 0 });
  return `${[style.strong(file.name), '', ...table].join('\n')}\n`;
}

function verdict({ verdict, entry }: LoaderReport, style: Style) {
  if (verdict === 'takes') return [cell('✓', style.good), cell(entry!, style.strong)];
  if (verdict === 'unknown') return [cell('?', style.dim), cell('not known', style.dim)];
  return verdict === 'mistakes'
    ? [cell('!', style.bad), cell('mistakes', style.bad)]
    : [cell('–', style.dim), cell('refuses', style.dim)];
}

function details(loader: LoaderReport, { style, width }: Page): string[] {
  const { how, versions, reason, rules } = loader;
  const head = [...verdict(loader, style), cell(`${loader.loader} ${versions}, ${how}`)];
  const asked = rules.map(({ asks, source, decided }) => [
    cell(decided ? '→' : '·', style.dim),
    cell(`${asks} (${source})`, style.dim),
  ]);
  return [
    ...columns([head], { width, indent: 0 }),
    ...columns(asked, { width, indent: 3, gap: 1 }),
    ...columns([[cell(reason)]], { width, indent: 5 }),
    '',
  ];
}
