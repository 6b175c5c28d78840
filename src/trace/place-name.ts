import type { RecordedPlace } from './learned/row.js';
import type { FunctionColumns } from './recording.js';

/** "xen_init_mmu_ops+0x33". */
export function placeName({ name }: FunctionColumns, { function: row, offset }: RecordedPlace): string {
  return `${name[row]}+0x${offset.toString(16)}`;
}
