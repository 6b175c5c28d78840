import { i32, i64 } from '../../wasm/code.js';
import type { InstructionDescription } from '../instruction.js';

/** The Castagnoli polynomial 0x11edc6f41, bits reflected. */
const POLYNOMIAL = 0x82f63b78n;

export const checksum: InstructionDescription[] = [
  {
    name: 'crc32',
    encodings: ['f2 0f 38 f0 Gy,Eb', 'f2 0f 38 f1 Gy,Ev'],
    emit: (x) => {
      const { body } = x;
      const bits = x.sizes[1]!;
      const data = x.read(1);
      const remainder = body.let(i64.xor(x.read(0, 32), data));
      const count = body.local('i32');
      body.set(count, i32.const(bits));
      body.loop((again) => {
        const odd = i64.sub(i64.const(0), i64.and(remainder, i64.const(1)));
        body.set(remainder, i64.xor(i64.shr_u(remainder, i64.const(1)), i64.and(odd, i64.const(POLYNOMIAL))));
        body.set(count, i32.sub(count, i32.const(1)));
        again(count);
      });
      // Also with REX.W the result is 32 bits.
      x.write(0, remainder);
    },
  },
];
