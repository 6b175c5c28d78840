import { GPR } from '../../../abi/x86/registers.js';
import { i32 } from '../../wasm/code.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { RegisterOperand } from '../operands.js';
import type { Processor } from '../processor.js';
import { linearAddress } from '../segments/linear-address.js';
import { state } from '../state.js';
import { x87Of } from '../x87/x87.js';
import { enterMmx } from './simd-operands.js';

/** What MMX has that SSE2 does not share; the rest is in the `sse-` files. */

const word = (cpu: Processor, at: number): number => cpu.memory.i32[at >> 2]!;

/** MASKMOVQ, MASKMOVDQU: stores the bytes whose mask byte is negative to DS:rDI. */
function maskedMove(cpu: Processor, instruction: Decoded): void {
  const [source, mask] = instruction.operands as readonly [RegisterOperand, RegisterOperand];
  const mmx = source.kind === 'mmx';
  const fault = word(cpu, mmx ? state.mmxFault : state.sseFault);
  if (fault) raise(fault);
  if (mmx) x87Of(cpu).checkPending();
  const place = ({ number }: RegisterOperand): number => (mmx ? state.fpr : state.xmm) + number * 16;
  const { u8 } = cpu.memory;
  const offset = BigInt.asUintN(instruction.addressSize, cpu.gpr[GPR.RDI]!);
  const bytes = mmx ? 8 : 16;
  const address = linearAddress(cpu, instruction, instruction.segment, offset, bytes, true);
  // All 16 bytes of MASKMOVDQU too are checked for 8.
  cpu.addressing.checkAlignment(Number(address & 0xfffn), 8);
  // All of it must be writable, whatever the mask chooses.
  for (let i = 0; i < bytes; i += 8) cpu.linear.probeWrite(address + BigInt(i), 8);
  const chosen = Array.from({ length: bytes }, (_, i) => i).filter((i) => u8[place(mask) + i]! & 0x80);
  for (const i of chosen) cpu.linear.write(address + BigInt(i), 1, BigInt(u8[place(source) + i]!));
  if (mmx) {
    const x87 = x87Of(cpu);
    x87.top = 0;
    x87.tags = 0xff;
  }
}

export const mmx: InstructionDescription[] = [
  {
    name: 'emms',
    encodings: ['np 0f 77'],
    emit: (x) => {
      x.guardMmx();
      enterMmx(x);
      x.body.storeI32(i32.const(0), i32.const(0), state.fpuTag);
    },
  },
  { name: 'maskmovq', encodings: ['np 0f f7 P,N'], ends: false, system: maskedMove },
  { name: 'maskmovdqu', encodings: ['66 0f f7 V,U'], ends: false, system: maskedMove },
];
