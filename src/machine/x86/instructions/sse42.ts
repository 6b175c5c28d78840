import { GPR } from '../../../abi/x86/registers.js';
import { i32 } from '../../wasm/code.js';
import { i64x2 } from '../../wasm/simd.js';
import type { InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { controlWord } from '../sse/lanes.js';
import { compareStrings, type StringLengths } from '../sse/strings.js';
import { state } from '../state.js';
import { allSlow } from './simd-floats.js';
import { immediate, packed } from './simd-operands.js';

/** Length given in a register: its magnitude, at most the number of elements. */
function explicitLength(cpu: Processor, register: number, wide: boolean, elements: number): number {
  const value = BigInt.asIntN(wide ? 64 : 32, cpu.gpr[register]!);
  const magnitude = value < 0n ? -value : value;
  return magnitude > BigInt(elements) ? elements : Number(magnitude);
}

/** PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM. */
function compare(
  name: string,
  code: string,
  explicit: boolean,
  index: boolean,
  wide: boolean,
): InstructionDescription {
  return {
    name: `${name}${explicit && wide ? '64' : ''}`,
    encodings: [`66 0f 3a ${code} V,W,Ib${explicit ? ` ;w${wide ? 1 : 0}` : ''}`],
    slow: (cpu) => {
      const control = controlWord(cpu);
      const elements = control & 1 ? 8 : 16;
      const lengths: StringLengths | undefined = explicit
        ? {
            a: explicitLength(cpu, 0, wide, elements),
            b: explicitLength(cpu, 2, wide, elements),
          }
        : undefined;
      const { flags, number, mask } = compareStrings(cpu.memory, control, lengths);
      cpu.setArithmeticFlags(flags);
      if (index) cpu.gpr[GPR.RCX] = BigInt(number);
      else for (let i = 0; i < 16; i++) cpu.memory.u8[state.result + i] = mask[i]!;
    },
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      // The memory operand need not be aligned.
      const b = x.read128(1, false);
      body.storeI32(i32.const(0), immediate(x), state.control);
      const result = body.let(allSlow(x, x.read128(0), b));
      if (!index) body.store128(i32.const(0), result, state.xmm);
    },
  };
}

export const sse42: InstructionDescription[] = [
  packed('pcmpgtq', '0f 38 37', i64x2.gt_s, { mmx: false }),
  compare('pcmpestrm', '60', true, false, false),
  compare('pcmpestrm', '60', true, false, true),
  compare('pcmpestri', '61', true, true, false),
  compare('pcmpestri', '61', true, true, true),
  compare('pcmpistrm', '62', false, false, false),
  compare('pcmpistri', '63', false, true, false),
];
