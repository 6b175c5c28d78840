import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { i64 } from '../../wasm/code.js';
import { raise } from '../exceptions/fault.js';
import type { InstructionDescription } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import type { Processor } from '../processor.js';
import { peekValues, pushValues, releaseStack } from '../segments/far-transfer.js';
import { loadSegment, selectorOf } from '../segments/segments.js';
import { segmentIndex } from '../state.js';
import { readFarPointer } from './far-pointer.js';

const { es, cs, ss, ds, fs, gs } = segmentIndex;

/** After a load of SS nothing comes in before the next instruction, which usually loads ESP (Intel SDM vol. 3, §6.8.3). */
function holdEvents(cpu: Processor): void {
  cpu.interruptShadow = true;
  cpu.debugHeld = true;
}

/** PUSH and POP of one segment register; `opcodes` of both, `flags` of the encoding. */
function pushPop(
  index: number,
  push: string,
  pop: string | undefined,
  flags: string,
): InstructionDescription[] {
  const both: InstructionDescription[] = [
    {
      name: 'pushs',
      encodings: [`${push} ;${flags}`],
      ends: false,
      system: (cpu, instruction) => pushValues(cpu, instruction.size / 8, [BigInt(selectorOf(cpu, index))]),
    },
  ];
  if (pop) {
    both.push({
      name: 'pops',
      encodings: [`${pop} ;${flags}`],
      system: (cpu, instruction) => {
        const bytes = instruction.size / 8;
        const [value] = peekValues(cpu, bytes, 1) as [bigint];
        // The width of the stack pointer is that of the old SS.
        const before = cpu.gpr[GPR.RSP]!;
        releaseStack(cpu, bytes);
        const after = cpu.gpr[GPR.RSP]!;
        cpu.gpr[GPR.RSP] = before;
        loadSegment(cpu, index, Number(value & 0xffffn));
        cpu.gpr[GPR.RSP] = after;
        if (index === ss) holdEvents(cpu);
      },
    });
  }
  return both;
}

/** LDS, LES, LSS, LFS, LGS: a far pointer into a segment and a general register. */
const loadPointer = (name: string, encoding: string, index: number): InstructionDescription => ({
  name,
  encodings: [encoding],
  system: (cpu, instruction) => {
    const { selector, offset } = readFarPointer(cpu, instruction, 1);
    loadSegment(cpu, index, selector);
    cpu.writeOperand(instruction, 0, offset);
  },
});

/** Loading and storing segment registers. */
export const segmentRegisters: InstructionDescription[] = [
  {
    name: 'movts',
    encodings: ['8e Sw,Ew'],
    system: (cpu, instruction) => {
      const target = instruction.operands[0]!;
      if (!('number' in target) || target.number === cs) raise(VECTOR.UD);
      if (instruction.operands[1]!.kind === 'memory') checkOperandRange(cpu, instruction, 1, 2);
      loadSegment(cpu, target.number, Number(cpu.readOperand(instruction, 1)));
      if (target.number === ss) holdEvents(cpu);
    },
  },
  {
    name: 'movfs',
    encodings: ['8c Ev,Sw'],
    // In memory it is a word always; a register is written in full.
    emit: (x) => x.write(0, i64.load16_u(x.registerAddress(1)), x.isMemory(0) ? 16 : x.size),
  },
  ...pushPop(es, '06', '07', 'i64'),
  ...pushPop(cs, '0e', undefined, 'i64'),
  ...pushPop(ss, '16', '17', 'i64'),
  ...pushPop(ds, '1e', '1f', 'i64'),
  ...pushPop(fs, '0f a0', '0f a1', 'd64'),
  ...pushPop(gs, '0f a8', '0f a9', 'd64'),
  loadPointer('les', 'c4 Gv,Mp ;i64', es),
  loadPointer('lds', 'c5 Gv,Mp ;i64', ds),
  loadPointer('lss', '0f b2 Gv,Mp', ss),
  loadPointer('lfs', '0f b4 Gv,Mp', fs),
  loadPointer('lgs', '0f b5 Gv,Mp', gs),
];
