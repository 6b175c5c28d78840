import {
  elf32Header,
  elf32ProgramHeader,
  elf64Header,
  elf64ProgramHeader,
  elfIdent,
  elfMachine,
  elfType,
  segmentType,
} from '../../abi/elf.js';

/** What the built-in init prints when it runs, for people: that it ran is seen by its code, wherever the console is. */
export const userspaceMarker = 'zeropage: userspace reached';

/** Linux's system calls on one architecture: instruction, numbers, and MOV r32, imm32 for number and arguments. */
interface SystemCalls {
  readonly instruction: readonly number[];
  readonly number: number;
  readonly arguments: readonly [number, number, number];
  readonly write: number;
  readonly ioctl: number;
  readonly reboot: number;
}

const systemCalls: Readonly<Record<32 | 64, SystemCalls>> = {
  // INT 0x80 with EAX, EBX, ECX, EDX.
  32: {
    instruction: [0xcd, 0x80],
    number: 0xb8,
    arguments: [0xbb, 0xb9, 0xba],
    write: 4,
    ioctl: 54,
    reboot: 88,
  },
  // SYSCALL with RAX, RDI, RSI, RDX.
  64: {
    instruction: [0x0f, 0x05],
    number: 0xb8,
    arguments: [0xbf, 0xbe, 0xba],
    write: 1,
    ioctl: 16,
    reboot: 169,
  },
};

/** ioctl TCSBRK with an argument that is not 0 is tcdrain(3). */
export const TCSBRK = 0x5409;
/** reboot(2): its magic numbers and what it is to do (include/uapi/linux/reboot.h). */
export const LINUX_REBOOT_MAGIC1 = 0xfee1dead;
export const LINUX_REBOOT_MAGIC2 = 672274793;
export const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
const STDOUT = 1;
/** JMP to itself. */
const spin = [0xeb, 0xfe];

/** Where the program is linked. */
const base = 0x400000;

/** A static ELF executable of one loaded segment: prints the marker, waits until it has left the UART, powers off. */
export function initProgram(bits: 32 | 64): Uint8Array {
  const [header, programHeader] = headers(bits);
  const { start, code } = layout(bits);

  const program = new Uint8Array(start + code.length + message.length);
  const view = new DataView(program.buffer);
  // "\x7fELF", little-endian, version 1.
  elfIdent.write(view, 0, { magic: 0x464c457f, class: bits / 32, data: 1, version: 1 });
  const common = {
    e_type: elfType.ET_EXEC,
    e_version: 1,
    e_ehsize: header.size,
    e_phentsize: programHeader.size,
    e_phnum: 2,
  };
  const segment = { p_type: segmentType.PT_LOAD, p_flags: 5 };
  const stack = { p_type: segmentType.PT_GNU_STACK, p_flags: 6 };
  const second = header.size + programHeader.size;
  if (bits === 64) {
    const [at, size] = [BigInt(base), BigInt(program.length)];
    elf64Header.write(view, 0, {
      ...common,
      e_machine: elfMachine.EM_X86_64,
      e_entry: BigInt(base + start),
      e_phoff: BigInt(header.size),
    });
    elf64ProgramHeader.write(view, header.size, {
      ...segment,
      p_vaddr: at,
      p_paddr: at,
      p_filesz: size,
      p_memsz: size,
      p_align: 0x1000n,
    });
    elf64ProgramHeader.write(view, second, stack);
  } else {
    const size = program.length;
    elf32Header.write(view, 0, {
      ...common,
      e_machine: elfMachine.EM_386,
      e_entry: base + start,
      e_phoff: header.size,
    });
    elf32ProgramHeader.write(view, header.size, {
      ...segment,
      p_vaddr: base,
      p_paddr: base,
      p_filesz: size,
      p_memsz: size,
      p_align: 0x1000,
    });
    elf32ProgramHeader.write(view, second, stack);
  }
  program.set(code, start);
  program.set(message, start + code.length);
  return program;
}

const message = new TextEncoder().encode(`${userspaceMarker}\n`);

const headers = (bits: 32 | 64) =>
  bits === 64 ? ([elf64Header, elf64ProgramHeader] as const) : ([elf32Header, elf32ProgramHeader] as const);

/** Offset of the code in the file, and the code; the message stands behind it. */
function layout(bits: 32 | 64): { start: number; code: readonly number[] } {
  const [header, programHeader] = headers(bits);
  // The second says that the stack need not be executable.
  const start = header.size + 2 * programHeader.size;
  const { length } = codeOf(bits, 0, 0);
  return { start, code: codeOf(bits, base + start + length, message.length) };
}

/** Where the program begins to run, and its code there. */
export function initCode(bits: 32 | 64): { address: bigint; code: readonly number[] } {
  const { start, code } = layout(bits);
  return { address: BigInt(base + start), code };
}

function codeOf(bits: 32 | 64, message: number, length: number): number[] {
  const abi = systemCalls[bits];
  const call = (number: number, ...values: readonly [number, number, number]): number[] => [
    ...load(abi.number, number),
    ...values.flatMap((value, i) => load(abi.arguments[i]!, value)),
    ...abi.instruction,
  ];
  return [
    ...call(abi.write, STDOUT, message, length),
    ...call(abi.ioctl, STDOUT, TCSBRK, 1),
    ...call(abi.reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF),
    ...spin,
  ];
}

/** MOV r32, imm32. */
function load(opcode: number, value: number): number[] {
  return [opcode, value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
