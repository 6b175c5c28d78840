import type { ArrayName } from './columns.js';
import type { FirstRunColumns, FunctionColumns, TreeColumns } from './recording.js';
import type { ObjectColumns, StretchColumns, WriteColumns } from './writes/row.js';

/** The columns of a recording that are typed arrays, in the order a file has them. */
export const columnGroups = {
  functions: {
    module: 'Uint8Array',
    address: 'BigUint64Array',
    size: 'Uint32Array',
    section: 'Uint8Array',
  } satisfies Record<Exclude<keyof FunctionColumns, 'name' | 'aliases'>, ArrayName>,
  firstRuns: {
    instruction: 'Float64Array',
    function: 'Uint32Array',
    offset: 'Uint32Array',
    size: 'Uint32Array',
  } satisfies Record<keyof FirstRunColumns, ArrayName>,
  tree: {
    parent: 'Int32Array',
    function: 'Uint32Array',
    kind: 'Uint8Array',
    site: 'Int32Array',
    first: 'Float64Array',
    count: 'Uint32Array',
    self: 'Float64Array',
    total: 'Float64Array',
  } satisfies Record<keyof TreeColumns, ArrayName>,
  objects: {
    address: 'BigUint64Array',
    size: 'Uint32Array',
    section: 'Uint8Array',
  } satisfies Record<Exclude<keyof ObjectColumns, 'name'>, ArrayName>,
  writes: {
    object: 'Uint32Array',
    function: 'Uint32Array',
    first: 'Float64Array',
    last: 'Float64Array',
    nonZero: 'Uint8Array',
    changed: 'Uint8Array',
  } satisfies Record<keyof WriteColumns, ArrayName>,
  stretches: {
    write: 'Uint32Array',
    start: 'Uint32Array',
    end: 'Uint32Array',
  } satisfies Record<keyof StretchColumns, ArrayName>,
} as const;
