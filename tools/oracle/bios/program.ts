import { asm16 } from '../../../test/craft/assemble.js';
import { craftBzImage } from '../../../test/craft/bzimage.js';
import { le } from '../../../test/craft/write.js';

const registers = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'] as const;
type Register = (typeof registers)[number];

/** A call of a BIOS: the vector, and registers that are not 0. EDI is BUFFER unless given. */
export interface Call extends Partial<Record<Register, number>> {
  readonly vector: number;
}

/** What came of a call. */
export interface Outcome {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
  /** CF and ZF; both were set before. */
  readonly carry: boolean;
  readonly zero: boolean;
  /** The first bytes of the buffer, 0xaa before, as hexadecimal digits. */
  readonly buffer: string;
}

/** Offsets in the segment that the setup code is loaded to, which are those in the file. */
const CODE = 0x400;
const TABLE = 0x600;
const RESULT = 0x1800;
export const BUFFER = 0x1900;
const BUFFER_SIZE = 24;
const CALL_SIZE = 28;
const RESULT_SIZE = 20;
const OUTCOME_SIZE = RESULT_SIZE + BUFFER_SIZE;
const END = 0xff;

const code = `
start:
  cld
  sti
  mov dx, 0x3fb
  mov al, 3
  out dx, al
  mov bp, ${TABLE}
next:
  mov al, [bp]
  cmp al, ${END}
  je done
  mov [vector - start + ${CODE}], al
  mov di, ${BUFFER}
  mov cx, ${BUFFER_SIZE}
  mov al, 0xaa
  rep stosb
  mov eax, [bp + 4]
  mov ebx, [bp + 8]
  mov ecx, [bp + 12]
  mov edx, [bp + 16]
  mov esi, [bp + 20]
  mov edi, [bp + 24]
  push bp
  cmp bp, bp
  stc
  jmp vector - 1
  .byte 0xcd
vector:
  .byte 0
  pushfd
  mov [${RESULT}], eax
  mov [${RESULT + 4}], ebx
  mov [${RESULT + 8}], ecx
  mov [${RESULT + 12}], edx
  pop eax
  mov [${RESULT + 16}], eax
  pop bp
  push ds
  pop es
  mov si, ${BUFFER}
  mov di, ${RESULT + RESULT_SIZE}
  mov cx, ${BUFFER_SIZE}
  rep movsb
  mov si, ${RESULT}
  mov cx, ${OUTCOME_SIZE}
  call send
  add bp, ${CALL_SIZE}
  jmp next
done:
  mov al, 0
  mov dx, 0xf4
  out dx, al
  cli
halt:
  hlt
  jmp halt
send:
  lodsb
  mov ah, al
  mov dx, 0x3fd
busy:
  in al, dx
  test al, 0x20
  jz busy
  mov al, ah
  mov dx, 0x3f8
  out dx, al
  loop send
  ret
`;

/** A bzImage whose setup code makes these calls, one after the other, and sends what came of them to COM1. */
export function program(calls: readonly Call[]): Uint8Array {
  const file = craftBzImage({ setupSects: 15, kernelVersion: null });
  const bytes = Buffer.from(asm16(code).replaceAll(' ', ''), 'hex');
  if (CODE + bytes.length > TABLE) throw new Error('the code runs into the table');
  const entry = 0x202 + file[0x201]!;
  file.set([0xe9, ...le(CODE - entry - 3, 2)], entry);
  file.set(bytes, CODE);
  for (const [i, call] of calls.entries()) {
    const at = TABLE + i * CALL_SIZE;
    file[at] = call.vector;
    const values = { edi: BUFFER, ...call };
    for (const [n, register] of registers.entries()) file.set(le(values[register] ?? 0, 4), at + 4 + n * 4);
  }
  if (TABLE + (calls.length + 1) * CALL_SIZE > RESULT) throw new Error('too many calls');
  file[TABLE + calls.length * CALL_SIZE] = END;
  return file;
}

/** Reads what the program sent. */
export function outcomes(sent: Uint8Array): Outcome[] {
  const view = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
  return Array.from({ length: Math.floor(sent.length / OUTCOME_SIZE) }, (_, i) => {
    const at = i * OUTCOME_SIZE;
    const [eax, ebx, ecx, edx, flags] = [0, 4, 8, 12, 16].map((n) => view.getUint32(at + n, true));
    const buffer = sent.subarray(at + RESULT_SIZE, at + OUTCOME_SIZE);
    return {
      eax: eax!,
      ebx: ebx!,
      ecx: ecx!,
      edx: edx!,
      carry: (flags! & 1) !== 0,
      zero: (flags! & 0x40) !== 0,
      buffer: Buffer.from(buffer).toString('hex'),
    };
  });
}
