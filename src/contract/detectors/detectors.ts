import { orderedTable } from '../../core/ordered-table.js';
import type { Detector } from './detector.js';
import { entryDoesNotBoot } from './entry-does-not-boot.js';
import { leakedState } from './leaked-state.js';
import { missingCall } from './missing-call.js';
import { missingField } from './missing-field.js';
import { processorAssumption } from './processor-assumption.js';
import { tooEarly } from './too-early.js';
import { writeBeforeClear } from './write-before-clear.js';

/** Shapes of boot regressions. A new one is one file here and one line in this table. */
export const detectors: readonly Detector[] = orderedTable('detectors', [
  entryDoesNotBoot,
  missingCall,
  tooEarly,
  missingField,
  writeBeforeClear,
  leakedState,
  processorAssumption,
]);
