import type { Handler, InstructionSet } from '../engine/architecture.js';
import type { Flow } from '../engine/flow.js';
import type { x86Border } from './border.js';
import { type Encoding, operandSize, operationSize } from './decoder/encoding.js';
import type { Emitter } from './emitter/emitter.js';
import type { Operand, Size } from './operands.js';

/** Letter of an operand's form; see `Form`. */
export function formOf(operand: Operand): string {
  switch (operand.kind) {
    case 'gpr':
      return 'r';
    case 'xmm':
      return 'x';
    case 'mmx':
      return 'y';
    case 'immediate':
      return 'i';
    case 'memory':
      return operand.addressSize === 64 && operand.segment < 4 ? 'm' : 'f';
    default:
      return 'o';
  }
}

/** Name of a handler; equal names are one handler. */
export function handlerKey(
  encoding: Encoding,
  size: Size,
  sizes: readonly (Size | undefined)[],
  form: string,
  long: boolean,
): string {
  const { description } = encoding;
  return `${description.name} ${size} ${sizes.map((s) => s ?? '').join()} ${form}${(description.stack || description.once) && !long ? ' legacy' : ''}`;
}

/** The same of a string instruction with REP. */
export function repeatedKey(key: string): string {
  return `rep ${key}`;
}

interface Variant {
  readonly key: string;
  readonly size: Size;
  readonly sizes: readonly Size[];
  readonly form: string;
  readonly long: boolean;
}

/** All combinations of operand sizes, forms and modes in which an encoding can occur. */
function* variants(encoding: Encoding): Iterable<Variant> {
  const { flags, operands } = encoding;
  const attributes: [16 | 32 | 64, boolean, boolean][] = [];
  if (!flags.has('i64')) {
    if (flags.has('f64')) attributes.push([64, false, true], [64, true, true]);
    else {
      attributes.push([64, true, true], [16, false, true]);
      attributes.push(flags.has('d64') ? [64, false, true] : [32, false, true]);
    }
  }
  if (!flags.has('o64')) attributes.push([16, false, false], [32, false, false]);
  const done = new Set<string>();
  for (const [attribute, rexW, long] of attributes) {
    if ((flags.has('w0') && rexW) || (flags.has('w1') && !rexW)) continue;
    const sizes = operands.map((code) => operandSize(code, attribute, rexW));
    const size = operationSize(sizes, attribute);
    // Most vector operands have the same size whatever the attributes are.
    const kind = `${size} ${sizes.join()} ${long}`;
    if (done.has(kind)) continue;
    done.add(kind);
    const memory = long ? 'mf' : 'g';
    let forms = [''];
    for (const { kind, text } of operands) {
      const letters =
        kind === '='
          ? text.length === 2 && text.endsWith('S')
            ? 'o'
            : /^\d$/.test(text)
              ? 'i'
              : text.startsWith('ST')
                ? 'o'
                : 'r'
          : kind === 'E'
            ? `r${memory}`
            : 'GRZ'.includes(kind)
              ? 'r'
              : kind === 'M' || kind === 'O'
                ? memory
                : kind === 'V' || kind === 'U'
                  ? 'x'
                  : kind === 'W'
                    ? `x${memory}`
                    : kind === 'P' || kind === 'N'
                      ? 'y'
                      : kind === 'Q'
                        ? `y${memory}`
                        : kind.startsWith('I')
                          ? 'i'
                          : 'o';
      forms = forms.flatMap((form) => [...letters].map((letter) => form + letter));
    }
    for (const form of forms) {
      const key = handlerKey(encoding, size, sizes, form, long);
      yield { key, size, sizes: sizes.map((s) => s ?? size), form, long };
    }
  }
}

/** What a handler was made from. */
export interface HandlerSource extends Handler {
  readonly encoding: Encoding;
  readonly size: Size;
  readonly sizes: readonly Size[];
  readonly form: string;
  readonly long: boolean;
  /** Made from the description's `fast`. */
  readonly repeated: boolean;
}

/** What system instructions run through: their memory operand's address is worked out as its form says. */
export interface SystemHandler extends Handler {
  readonly encoding?: undefined;
  readonly form: '' | 'm' | 'f' | 'g';
}

export type X86Handler = HandlerSource | SystemHandler;

/** Keys of the handlers of system instructions, by the form of the memory operand. */
export const systemKeys = { '': 'system', m: 'system m', f: 'system f', g: 'system g' } as const;

export const systemHandlers = Object.entries(systemKeys).map(
  ([form, key]): SystemHandler => ({ key, form: form as SystemHandler['form'] }),
);

export function emitInstruction(x: Emitter, { description }: Encoding, repeated: boolean): void {
  (description.emit ?? (repeated ? description.fast : description.once))!(x);
  if (x.finished) return;
  if (description.flow) throw new Error(`${description.name}: a branch must end with a goto`);
  x.done();
}

/** One handler a variant of every encoding. */
export function handlersOf(encodings: readonly Encoding[]): X86Handler[] {
  const handlers = new Map<string, HandlerSource>();
  for (const encoding of encodings) {
    const { emit, fast, once } = encoding.description;
    for (const variant of variants(encoding)) {
      for (const repeated of [false, true]) {
        if (repeated ? !fast || !variant.long : !emit && !once) continue;
        const key = repeated ? repeatedKey(variant.key) : variant.key;
        if (!handlers.has(key)) handlers.set(key, { ...variant, key, encoding, repeated });
      }
    }
  }
  return [...systemHandlers, ...handlers.values()];
}

export type X86InstructionSet = InstructionSet<X86Handler, typeof x86Border>;

/** How control goes on behind what a handler was made from; undefined: the instruction itself says. */
export function flowOf({ encoding }: X86Handler): Flow | undefined {
  return encoding && (encoding.description.flow ?? 'next');
}
