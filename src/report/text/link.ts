import { initAxes, type initStage } from '../../abi/init-entry.js';
import { ALL, type Applicability, type Axis, describeMask } from '../../core/applicability.js';
import type { Initialiser } from '../../stub/init/initialiser.js';
import type { LinkResult } from '../../stub/link/link.js';
import { cell, columns } from './columns.js';
import { type NameFunction, operationLines } from './operations.js';
import { type Page, pageOf, section } from './page.js';

/** What `zeropage link` found, in the order in which it will run; ends with a newline. */
export function linkText(
  { init, operations }: LinkResult,
  options?: Partial<Page>,
  nameOf?: NameFunction,
): string {
  const page = pageOf(options);
  const lines = [
    ...(init ? initLines(init.initialisers, page) : []),
    ...(operations ? operationLines(operations, page, nameOf) : []),
  ];
  return `${lines.join('\n').trimStart()}\n`;
}

function initLines(initialisers: readonly Initialiser<bigint>[], page: Page): string[] {
  const { style, width } = page;
  const rows = initialisers.map((one) => [
    cell(String(one.order), style.dim),
    cell(one.id, style.strong),
    cell(stages(one)),
    cell([where(one), relations(one)].filter(Boolean).join('; ')),
  ]);
  const remark = `${initialisers.length}, in the order in which they run`;
  return section(page, 'Initialisers', remark, columns(rows, { width }));
}

function stages({ detect, callbacks }: Initialiser<bigint>): string {
  const names = (Object.keys(callbacks) as (keyof typeof initStage)[]).filter(
    (stage) => callbacks[stage] !== undefined,
  );
  return [...(detect === undefined ? [] : ['detect']), ...names].join(', ');
}

function where({ where: masks }: Initialiser<bigint>): string {
  return initAxes.flatMap((axis, index) => axisText(axis, masks[index]!)).join('; ') || 'everywhere';
}

function axisText(axis: Axis, { require = 0, support = 0, forbid = 0 }: Applicability): string[] {
  const text = (verb: string, mask: number): string[] =>
    mask ? [`${verb} ${axis.name} ${describeMask(axis, mask)}`] : [];
  return [
    ...text('required on', require),
    ...(support === ALL ? [] : text('supports', support)),
    ...text('forbids', forbid),
  ];
}

function relations({ depends = [], group, finishIfDetected }: Initialiser<bigint>): string {
  return [
    depends.length > 0 && `after ${depends.join(', ')}`,
    group !== undefined && `one of ${group}${finishIfDetected ? ', ends the search' : ''}`,
  ]
    .filter(Boolean)
    .join('; ');
}
