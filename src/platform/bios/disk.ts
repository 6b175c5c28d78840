import type { BiosService } from './service.js';

/** Status of a drive that is not there: invalid function or parameter. */
const INVALID_PARAMETER = 0x01;

/** INT 13h: there are no disks. */
export const disk: BiosService = {
  vector: 0x13,
  title: 'disk',
  functions: [],
  otherwise(call) {
    call.ah = INVALID_PARAMETER;
    call.carry = true;
  },
};
