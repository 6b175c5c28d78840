import {
  INIT_TABLE_MAGIC,
  INIT_TABLE_VERSION,
  initEntry,
  initTable,
  initTableFlag,
} from '../../abi/init-entry.js';
import { INIT_LOG_MAGIC, initLog, initLogRecord } from '../../abi/init-log.js';
import type { Assembler } from '../assembler/assembler.js';
import { type Label, label } from '../assembler/operands.js';
import { type Initialiser, linksOf, orderInitialisers } from './initialiser.js';
import { initRecord } from './record.js';

/**
 * Label `init_table`: the init tables of a guest written with the assembler, sorted, and the log of their walk behind them
 * (`init_log`; it must be writable). Throws with the first problem of the declarations.
 */
export function writeInitTables(a: Assembler, initialisers: readonly Initialiser<Label>[]): void {
  const { sorted, problems } = orderInitialisers(initialisers);
  if (problems.length > 0) throw new Error(`init tables: ${problems.join('; ')}`);
  const links = linksOf(sorted);
  const texts = new Map<string, Label>();
  const text = (content: string): Label => {
    const known = texts.get(content) ?? a.local('init_text');
    texts.set(content, known);
    return known;
  };
  const pointer = (to: Label | undefined): void => a.u64(to ?? 0);

  a.align(8);
  a.label('init_table');
  const table = new Uint8Array(initTable.size);
  initTable.write(new DataView(table.buffer), 0, {
    magic: INIT_TABLE_MAGIC,
    version: INIT_TABLE_VERSION,
    flags: initTableFlag.linked,
    count: sorted.length,
    entry_size: initEntry.size,
  });
  withPointers(a, initTable.fields, table, {
    self: label('init_table'),
    entries: label('init_entries'),
    log: label('init_log'),
  });
  a.label('init_entries');
  sorted.forEach((initialiser, index) => {
    const { id, depends = [], group, detect, callbacks } = initialiser;
    withPointers(a, initEntry.fields, initRecord(initialiser, links[index]!), {
      name: text(id),
      depends: depends.length > 0 ? text(depends.join(' ')) : undefined,
      group: group === undefined ? undefined : text(group),
      detect,
      ...callbacks,
    });
  });
  a.label('init_log');
  const log = new Uint8Array(initLog.size);
  initLog.write(new DataView(log.buffer), 0, {
    magic: INIT_LOG_MAGIC,
    count: sorted.length,
    record_size: initLogRecord.size,
  });
  withPointers(a, initLog.fields, log, { records: label('init_log_records') });
  a.label('init_log_records');
  a.space(sorted.length * initLogRecord.size);
  for (const [content, place] of texts) {
    a.at(place);
    a.text(content);
  }

  function withPointers(
    to: Assembler,
    fields: Readonly<Record<string, { readonly offset: number }>>,
    bytes: Uint8Array,
    pointers: Readonly<Record<string, Label | undefined>>,
  ): void {
    const ordered = Object.entries(pointers).sort(
      ([first], [second]) => fields[first]!.offset - fields[second]!.offset,
    );
    let at = 0;
    for (const [name, target] of ordered) {
      to.bytes(bytes.subarray(at, fields[name]!.offset));
      pointer(target);
      at = fields[name]!.offset + 8;
    }
    to.bytes(bytes.subarray(at));
  }
}
