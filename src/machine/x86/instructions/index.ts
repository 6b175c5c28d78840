import type { InstructionDescription } from '../instruction.js';
import { arithmetic } from './arithmetic.js';
import { bitOperations } from './bit-operations.js';
import { checksum } from './checksum.js';
import { controlRegisters } from './control-registers.js';
import { controlTransfer } from './control-transfer.js';
import { controlTransferFar } from './control-transfer-far.js';
import { dataTransfer } from './data-transfer.js';
import { decimal } from './decimal.js';
import { descriptorTables } from './descriptor-tables.js';
import { fxsaveAndXsave } from './fxsave.js';
import { interrupts } from './interrupts.js';
import { io } from './io.js';
import { mmx } from './mmx.js';
import { msr } from './msr.js';
import { multiplyDivide } from './multiply-divide.js';
import { processor } from './processor.js';
import { segmentRegisters } from './segment-registers.js';
import { shiftRotate } from './shift-rotate.js';
import { sseConvert } from './sse-convert.js';
import { sseFloat } from './sse-float.js';
import { sseInteger } from './sse-integer.js';
import { sseMove } from './sse-move.js';
import { sseShuffle } from './sse-shuffle.js';
import { sse41 } from './sse41.js';
import { sse42 } from './sse42.js';
import { ssse3 } from './ssse3.js';
import { stack } from './stack.js';
import { string } from './string.js';
import { systemCalls } from './system-calls.js';
import { x87Arithmetic } from './x87-arithmetic.js';
import { x87Compare } from './x87-compare.js';
import { x87Control } from './x87-control.js';
import { x87Functions } from './x87-functions.js';
import { x87Transfer } from './x87-transfer.js';

/** The whole instruction set; a new instruction is a description in one of these files. */
export const instructionSet: readonly InstructionDescription[] = [
  ...arithmetic,
  ...multiplyDivide,
  ...dataTransfer,
  ...shiftRotate,
  ...bitOperations,
  ...checksum,
  ...decimal,
  ...stack,
  ...controlTransfer,
  ...string,
  ...controlRegisters,
  ...controlTransferFar,
  ...descriptorTables,
  ...fxsaveAndXsave,
  ...interrupts,
  ...io,
  ...msr,
  ...processor,
  ...segmentRegisters,
  ...systemCalls,
  ...mmx,
  ...sseConvert,
  ...sseFloat,
  ...sseInteger,
  ...sseMove,
  ...sseShuffle,
  ...sse41,
  ...sse42,
  ...ssse3,
  ...x87Arithmetic,
  ...x87Compare,
  ...x87Control,
  ...x87Functions,
  ...x87Transfer,
];
