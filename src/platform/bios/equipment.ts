import { BIOS_DATA, biosData } from '../../abi/bios-data.js';
import type { BiosService } from './service.js';

/** INT 12h: KiB of memory below the extended BIOS data area, as the BIOS data area says. */
export const memorySize: BiosService = {
  vector: 0x12,
  title: 'memory size',
  functions: [],
  otherwise(call) {
    const size = call.memory.read(BigInt(BIOS_DATA + biosData.fields.memory.offset), 2);
    call.setWord('RAX', size?.getUint16(0, true) ?? 0);
  },
};
