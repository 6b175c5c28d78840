import { field, struct } from '../core/struct.js';

/** Owner of the project's ELF notes. */
export const ZEROPAGE_NOTE_OWNER = 'Zeropage';

/** Types of the project's ELF notes. */
export const zeropageNote = {
  /**
   * What a boot of an image that is no Linux kernel is to reach: a name, and the text on its console that shows it, both
   * zero-terminated. `zeropage boot` and `matrix` take it for what userspace is to Linux.
   */
  goal: 1,
  /** Where in the file the image stands that `zeropage wrap` gave more entries: `wrappedNote`. */
  wrapped: 2,
  /** An op table that a boot module brings for a guest: `op_module_note`, in op-table.ts. */
  operations: 3,
} as const;

export const wrappedNote = struct('wrapped_note', 'zeropage docs/wrap.md', {
  offset: field(0, 'u64', 'file offset of the wrapped image'),
  length: field(8, 'u64', 'its size in bytes'),
});
