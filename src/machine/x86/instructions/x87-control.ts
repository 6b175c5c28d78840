import { CR0 } from '../../../abi/x86/control-registers.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise } from '../exceptions/fault.js';
import type { InstructionDescription } from '../instruction.js';
import { control, numeric, probeMemory, readMemory, stackRegister, writeMemory } from '../x87/describe.js';
import {
  environmentSize,
  initialise,
  loadBytes,
  packEnvironment,
  packRegisters,
  storeBytes,
  unpackEnvironment,
  unpackRegisters,
} from '../x87/environment.js';
import { x87Of } from '../x87/x87.js';

export const x87Control: InstructionDescription[] = [
  {
    // FWAIT looks at CR0.MP and TS, not at EM.
    name: 'fwait',
    encodings: ['9b'],
    ends: false,
    system: (cpu) => {
      if (cpu.cr0 & CR0.MP && cpu.cr0 & CR0.TS) raise(VECTOR.NM);
      x87Of(cpu).checkPending();
    },
  },
  control('fninit', ['db modrm=e3'], initialise),
  control('fnclex', ['db modrm=e2'], (x87) => {
    x87.status &= 0x7f00;
  }),
  // FNENI, FNDISI (8087) and FNSETPM (287) do nothing since.
  control('fneni', ['db modrm=e0', 'db modrm=e1', 'db modrm=e4'], () => {}),
  control('fnop', ['d9 modrm=d0'], () => {}, true),
  control('fnstcw', ['d9 /7 Mw'], (x87, instruction) => {
    probeMemory(x87.cpu, instruction);
    writeMemory(x87.cpu, instruction, BigInt(x87.control));
  }),
  control(
    'fldcw',
    ['d9 /5 Mw'],
    (x87, instruction) => {
      x87.control = Number(readMemory(x87.cpu, instruction));
    },
    true,
  ),
  control('fnstsw', ['dd /7 Mw', 'df modrm=e0 AX'], (x87, instruction) => {
    if (instruction.operands[0]!.kind === 'memory') {
      probeMemory(x87.cpu, instruction);
      writeMemory(x87.cpu, instruction, BigInt(x87.status));
    } else x87.cpu.writeGpr(GPR.RAX, BigInt(x87.status), 16);
  }),
  control('fnstenv', ['d9 /6 M'], (x87, instruction) => {
    storeBytes(x87, instruction, packEnvironment(x87, instruction));
    x87.control |= 0x3f;
  }),
  control(
    'fldenv',
    ['d9 /4 M'],
    (x87, instruction) => {
      unpackEnvironment(x87, loadBytes(x87, instruction, environmentSize(instruction)));
    },
    true,
  ),
  control('fnsave', ['dd /6 M'], (x87, instruction) => {
    const size = environmentSize(instruction);
    const image = new Uint8Array(size + 80);
    image.set(packEnvironment(x87, instruction));
    image.set(packRegisters(x87), size);
    storeBytes(x87, instruction, image);
    initialise(x87);
  }),
  control(
    'frstor',
    ['dd /4 M'],
    (x87, instruction) => {
      const size = environmentSize(instruction);
      const image = loadBytes(x87, instruction, size + 80);
      unpackEnvironment(x87, image.subarray(0, size));
      unpackRegisters(x87, image.subarray(size));
    },
    true,
  ),
  numeric('ffree', ['dd modrm=c0+i STi'], (x87, instruction) => {
    x87.clearC1();
    x87.free(stackRegister(instruction, 0));
  }),
  numeric('ffreep', ['df modrm=c0+i STi'], (x87, instruction) => {
    x87.clearC1();
    x87.free(stackRegister(instruction, 0));
    x87.pop();
  }),
  numeric('fdecstp', ['d9 modrm=f6'], (x87) => {
    x87.clearC1();
    x87.top--;
  }),
  numeric('fincstp', ['d9 modrm=f7'], (x87) => {
    x87.clearC1();
    x87.top++;
  }),
];
