import { INIT_TABLE_VERSION, initEntry, initFlag } from '../../abi/init-entry.js';
import type { Initialiser, Links } from './initialiser.js';

/** An initialiser's record but for its pointers, which stay 0. */
export function initRecord<C>(initialiser: Initialiser<C>, links: Links): Uint8Array {
  const record = new Uint8Array(initEntry.size);
  const [hypervisors, subarchs] = initialiser.where;
  const dependencies = new DataView(new ArrayBuffer(initEntry.fields.dependencies.type.bytes));
  links.dependencies.forEach((index, at) => {
    dependencies.setUint16(at * 2, index, true);
  });
  initEntry.write(new DataView(record.buffer), 0, {
    version: INIT_TABLE_VERSION,
    size: initEntry.size,
    order: initialiser.order,
    flags: initialiser.finishIfDetected ? initFlag['finish-if-detected'] : 0,
    require_hypervisors: hypervisors.require ?? 0,
    support_hypervisors: hypervisors.support ?? 0,
    forbid_hypervisors: hypervisors.forbid ?? 0,
    require_subarchs: subarchs.require ?? 0,
    support_subarchs: subarchs.support ?? 0,
    forbid_subarchs: subarchs.forbid ?? 0,
    group_index: links.groupIndex,
    dependency_count: links.dependencies.length,
    dependencies: new Uint8Array(dependencies.buffer),
  });
  return record;
}
