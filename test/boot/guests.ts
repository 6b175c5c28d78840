import { exitStatusLeaf } from '../../src/abi/exit-status.js';
import { userspaceMarker } from '../../src/boot/init/program.js';
import { craftElf } from '../craft/elf.js';
import { le } from '../craft/write.js';

/** Tiny guests in 32-bit code, entered through PVH: enough to see a machine start, print and end. */

const COM1 = 0x3f8;
/** PM1a control; SLP_EN with the SLP_TYP of S5. */
const POWER = 0x604;
const SWITCH_OFF = 0x3400;

export const entry = 0x1000000;

/** MOV DX, port; MOV AL, byte; OUT DX, AL for each. */
function print(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [0x66, 0xba, COM1 & 0xff, COM1 >> 8, ...bytes.flatMap((byte) => [0xb0, byte, 0xee])];
}

/** MOV DX, port; MOV AX, value; OUT DX, AX. */
const powerOff = [
  ...[0x66, 0xba, POWER & 0xff, POWER >> 8],
  ...[0x66, 0xb8, SWITCH_OFF & 0xff, SWITCH_OFF >> 8],
  ...[0x66, 0xef],
];

/** Puts further bytes at an offset behind those that are there. */
const putter =
  (bytes: number[]) =>
  (at: number, values: readonly number[]): void => {
    while (bytes.length < at) bytes.push(0x90);
    bytes.push(...values);
  };

/** LGDT; LJMP; MOV DS, 23; IRET to level 3 with IOPL 3; there UD2 without an IDT. */
function descend(): number[] {
  const stack = le(entry + 0xf00, 4);
  const push = (value: number): number[] => [0x68, ...le(value, 4)];
  const [table, pointer, program] = [0x100, 0x140, 0x180];
  const load = [0xbc, ...stack, 0x0f, 0x01, 0x15, ...le(entry + pointer, 4)];
  const jump = [0xea, ...le(entry + load.length + 7, 4), 0x08, 0x00];
  const frame = [0x23, entry + 0xf00, 0x3002, 0x1b, entry + program].flatMap(push);
  const flat = [0n, 0x00cf9a000000ffffn, 0x00cf92000000ffffn, 0x00cffa000000ffffn, 0x00cff2000000ffffn];
  const bytes = [...load, ...jump, 0x66, 0xb8, 0x23, 0x00, 0x8e, 0xd8, ...frame, 0xcf];
  const put = putter(bytes);
  put(
    table,
    flat.flatMap((descriptor) => [...le(descriptor, 8)]),
  );
  put(pointer, [...le(flat.length * 8 - 1, 2), ...le(entry + table, 4)]);
  put(program, [...print('3'), 0xfa, 0x0f, 0x0b]);
  return bytes;
}

/** Code of 16 bits copied to 8000; LGDT; LJMP there; PE cleared; LJMP; INT 10h. */
function callBios(): number[] {
  const real = [
    ...[0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0, 0xea, 0x0d, 0x80, 0x00, 0x00], // MOV EAX, CR0; AND AL, FE; MOV CR0, EAX; JMP 0:800d
    ...[0x31, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x70, 0xcd, 0x10], // XOR AX, AX; MOV SS, AX; MOV SP, 7000; INT 10
  ];
  const [from, table, pointer] = [0x80, 0x100, 0x140];
  const bytes = [
    ...[0xbe, ...le(entry + from, 4), 0xbf, ...le(0x8000, 4), 0xb9, ...le(real.length, 4), 0xf3, 0xa4],
    ...[0x0f, 0x01, 0x15, ...le(entry + pointer, 4), 0xea, ...le(0x8000, 4), 0x08, 0x00],
  ];
  const put = putter(bytes);
  put(from, real);
  put(table, [...le(0n, 8), ...le(0x00009b000000ffffn, 8)]);
  put(pointer, [...le(15, 2), ...le(entry + table, 4)]);
  return bytes;
}

const code = {
  /** Says what our init says and switches off; no userspace for that. */
  works: [...print(`hello\r\n${userspaceMarker}\r\n`), ...powerOff],
  /** Ends the machine with status 3 by CPUID: MOV EAX, leaf; MOV ECX, 3; CPUID; UD2 behind it is not to run. */
  exits: [0xb8, ...le(exitStatusLeaf, 4), 0xb9, 3, 0, 0, 0, 0x0f, 0xa2, 0x0f, 0x0b],
  /** Writes 10h to isa-debug-exit: MOV AL, 10; OUT F4, AL. */
  writes: [...print('hello'), 0xb0, 0x10, 0xe6, 0xf4, 0xfa, 0xf4],
  /** Says hello and dies all the same. */
  faints: [...print('hello'), 0x0f, 0x0b],
  /** Says hello and resets the machine through port 64: MOV AL, FE; OUT 64, AL. */
  resets: [...print('hello'), 0xb0, 0xfe, 0xe6, 0x64],
  /** Jumps to where nothing is: MOV EAX, 1800000; JMP EAX. */
  strays: [...print('hello'), 0xb8, 0x00, 0x00, 0x80, 0x01, 0xff, 0xe0],
  /** Goes to real mode and calls the BIOS's INT 10h. */
  calls: callBios(),
  /** Switches off without a word. */
  silent: powerOff,
  /** CLI; HLT. */
  halts: [...print('good night'), 0xfa, 0xf4],
  /** UD2 without an IDT. */
  dies: [0x0f, 0x0b],
  /** Prints a digit at level 3, and dies there. */
  descends: descend(),
  /** JMP to itself. */
  hangs: [0xeb, 0xfe],
  /** Prints a dot every 2 M instructions, for ever: MOV ECX, 1000000; DEC ECX; JNZ -1; OUT DX, AL; JMP back. */
  ticks: [...print('.'), 0xb9, 0x40, 0x42, 0x0f, 0x00, 0x49, 0x75, 0xfd, 0xee, 0xeb, 0xf5],
} as const;

export type GuestName = keyof typeof code;

/** An ELF file with a PVH note whose code is one of the guests. */
export function guest(name: GuestName): Uint8Array {
  return craftElf({
    class: 32,
    entry,
    segments: [{ vaddr: entry, data: Uint8Array.from(code[name]), memSize: 0x1000 }],
    notes: [{ owner: 'Xen', type: 18, desc: entry }],
  });
}

/** An ELF64 file of nothing but 64-bit code, which prints the magic of the zero page in RSI: MOV AL, [RSI + n]; OUT DX, AL. */
export function plainElf64(): Uint8Array {
  const magic = [0x202, 0x203, 0x204, 0x205];
  const shown = magic.flatMap((at) => [0x8a, 0x86, at & 0xff, at >> 8, 0, 0, 0xee]);
  const data = Uint8Array.from([...print('zero page: '), ...shown, ...powerOff]);
  return craftElf({ entry, segments: [{ vaddr: 0xffffffff81000000n, paddr: entry, data }] });
}
