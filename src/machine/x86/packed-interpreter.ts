import type { Interpreter } from '../engine/interpreter/interpreter.js';
import type { Encoding } from './decoder/encoding.js';
import { type HandlerSource, systemHandlers, type X86Handler } from './handlers.js';
import type { Size } from './operands.js';

/** A generated interpreter as text, to be kept in a file. */
export interface PackedInterpreter {
  /** Handlers in the order of their slots, as JSON. */
  readonly handlers: string;
  /** Module bytes, in base64. */
  readonly module: string;
}

/** A `HandlerSource`, its encoding by index. */
type Row = [
  key: string,
  encoding: number,
  size: Size,
  sizes: readonly Size[],
  form: string,
  long: boolean,
  repeated: boolean,
];

export function packInterpreter({ made, bytes }: Interpreter<X86Handler>): PackedInterpreter {
  const rows = made.flatMap((source): Row[] => {
    if (!source?.encoding) return [];
    const { key, encoding, size, sizes, form, long, repeated } = source;
    return [[key, encoding.index, size, sizes, form, long, repeated]];
  });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { handlers: JSON.stringify(rows), module: btoa(binary) };
}

/** Handlers and module bytes of an interpreter; `encodings` must be those it was generated from. */
export function unpackInterpreter(
  packed: PackedInterpreter,
  encodings: readonly Encoding[],
): { handlers: X86Handler[]; bytes: Uint8Array<ArrayBuffer> } {
  const rows = JSON.parse(packed.handlers) as Row[];
  const handlers = rows.map(
    ([key, encoding, size, sizes, form, long, repeated]): HandlerSource => ({
      key,
      encoding: encodings[encoding]!,
      size,
      sizes,
      form,
      long,
      repeated,
    }),
  );
  const binary = atob(packed.module);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return { handlers: [...systemHandlers, ...handlers], bytes };
}
