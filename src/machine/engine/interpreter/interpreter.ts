import { type Body, callIndirect, callNode, type I32, i32, i64, type Local } from '../../wasm/code.js';
import { type FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import { type Encoding, operandSize, operationSize } from '../../x86/decoder/encoding.js';
import {
  Emitter,
  type Library,
  loadSized,
  pageNumber,
  pageOffset,
  storeSized,
} from '../../x86/emitter/emitter.js';
import { lazyFlagsFunction } from '../../x86/flags/lazy-flags.js';
import { hotHandlers } from '../../x86/hot-handlers.js';
import type { InstructionDescription, Operand, Size } from '../../x86/instruction.js';
import { instructionSet } from '../../x86/instructions/index.js';
import { prebuilt } from '../../x86/prebuilt-interpreter.js';
import { state } from '../../x86/state.js';
import { here, scratch, words } from '../layout.js';
import { findInPcCache } from '../pc-cache.js';
import { block, link, noCharge, record } from '../record.js';
import { type PackedInterpreter, unpackInterpreter } from './packed-interpreter.js';

/** What the generated module imports from TypeScript. Records and places are addresses in linear memory. */
export interface InterpreterImports {
  /** Where `bytes` at (page, offset) can be read; throws a fault. A copy in scratch memory for MMIO and crossings. */
  translateRead(rec: number, page: number, offset: number, bytes: number): number;
  translateWrite(rec: number, page: number, offset: number, bytes: number): number;
  translateModify(rec: number, page: number, offset: number, bytes: number): number;
  /** Carries out the write that was staged in scratch memory. */
  finishWrite(): void;
  segmentFault(rec: number, segment: number, write: number): void;
  raise(rec: number, vector: number): void;
  /** Fills a link: returns the block at its pc. */
  fillLink(link: number): number;
  /** The block at a linear address. */
  lookup(page: number, offset: number): number;
  /** Runs a system instruction; returns the next record or 0. */
  system(rec: number): number;
  /** Runs the `slow` of an encoding's description; the number is the encoding's index. */
  slow(rec: number, encoding: number): void;
  /** The record's block was invalidated: sets RIP to it, returns 0. */
  refetch(rec: number): number;
  /** A block's heat has run out. */
  hot(block: number): void;
}

/** Slots of handlers that are not instructions. */
export const pseudo = {
  next: 0,
  exit: 1,
  refetch: 2,
  system: 3,
  systemM: 4,
  systemF: 5,
  systemG: 6,
} as const;

/** `record.hot` of the first record of a block that is a region's entry. */
export const regionCase = 255;

/** Most regions that can be live at the same time. */
export const regionSlots = 16384;

/** What a region's function returns, besides the record to go on with in the interpreter. */
export const regionExit = {
  /** Control has to leave generated code; RIP is set. */
  leave: 0,
  /** Added to the place of a link that is to be followed. */
  link: 1,
  /** Go to `words.jumpTarget`. */
  jump: 2,
  /** What the region takes for granted does not hold: the interpreter is to run the block that was to be entered. */
  interpret: 4,
} as const;

const handlerType = { params: ['i32'], result: 'i32' } as const;

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

/** The generated interpreter: module bytes, and the table slot of every handler. */
export interface Interpreter extends HandlerTable {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where which handler is. */
export interface HandlerTable {
  readonly slots: ReadonlyMap<string, number>;
  /** For handlers that the loop holds in line: table slot → case in the loop. */
  readonly hot: ReadonlyMap<number, number>;
  /** What the handler in each slot was made from; empty for pseudo handlers. */
  readonly made: readonly (HandlerSource | undefined)[];
}

/** What a handler was made from. */
export interface HandlerSource {
  readonly key: string;
  readonly encoding: Encoding;
  readonly size: Size;
  readonly sizes: readonly Size[];
  readonly form: string;
  readonly long: boolean;
  /** Made from the description's `fast`. */
  readonly repeated: boolean;
}

export function emitInstruction(x: Emitter, { description }: Encoding, repeated: boolean): void {
  (description.emit ?? (repeated ? description.fast : description.once))!(x);
  if (x.finished) return;
  if (description.branch) throw new Error(`${description.name}: a branch must end with a goto`);
  x.done();
}

/** One handler a variant of every encoding. */
function handlersOf(encodings: readonly Encoding[]): HandlerSource[] {
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
  return [...handlers.values()];
}

/** Their slots: behind those of the pseudo handlers. */
function handlerTable(handlers: readonly HandlerSource[]): HandlerTable {
  const first = Object.keys(pseudo).length;
  const slots = new Map(handlers.map(({ key }, i) => [key, first + i]));
  const inLoop = handlers.filter(isHot).map(({ key }, i) => [slots.get(key)!, i + 1] as const);
  return { slots, hot: new Map(inLoop), made: [...Array<undefined>(first), ...handlers] };
}

function isHot({ key }: HandlerSource): boolean {
  return hotHandlers.has(key);
}

/** Generates the interpreter of an instruction set. */
export function buildInterpreter(encodings: readonly Encoding[]): Interpreter {
  const handlers = handlersOf(encodings);
  return { ...handlerTable(handlers), bytes: emitInterpreter(handlers) };
}

/** The same from what a build has generated. */
export function prebuiltInterpreter(packed: PackedInterpreter, encodings: readonly Encoding[]): Interpreter {
  const { handlers, bytes } = unpackInterpreter(packed, encodings);
  return { ...handlerTable(handlers), bytes };
}

/** Module bytes: the handlers, and the loop that runs records. */
function emitInterpreter(sources: readonly HandlerSource[]): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('machine', 'memory', 1);
  const place = { params: ['i32', 'f64', 'i32', 'i32'], result: 'i32' } as const;
  const translateRead = module.importFunction('machine', 'translateRead', place);
  const translateWrite = module.importFunction('machine', 'translateWrite', place);
  const translateModify = module.importFunction('machine', 'translateModify', place);
  const finishWrite = module.importFunction('machine', 'finishWrite', { params: [] });
  const segmentFault = module.importFunction('machine', 'segmentFault', { params: ['i32', 'i32', 'i32'] });
  const raise = module.importFunction('machine', 'raise', { params: ['i32', 'i32'] });
  const fillLink = module.importFunction('machine', 'fillLink', handlerType);
  const lookup = module.importFunction('machine', 'lookup', { params: ['f64', 'i32'], result: 'i32' });
  const system = module.importFunction('machine', 'system', handlerType);
  const refetch = module.importFunction('machine', 'refetch', handlerType);
  const slow = module.importFunction('machine', 'slow', { params: ['i32', 'i32'] });
  const hot = module.importFunction('machine', 'hot', { params: ['i32'] });

  const bySize = (make: (size: 8 | 16 | 32 | 64) => number): Library['slowLoad'] => ({
    8: make(8),
    16: make(16),
    32: make(32),
    64: make(64),
  });
  const slowLoad = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64'], result: 'i64' });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = callNode(
      'i32',
      translateRead,
      body.param(0, 'i32'),
      pageNumber(address),
      pageOffset(address),
      bytes,
    );
    body.return(loadSized(at, size));
    body.unreachable();
    return index;
  });
  const slowStore = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64', 'i64'] });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = body.let(
      callNode('i32', translateWrite, body.param(0, 'i32'), pageNumber(address), pageOffset(address), bytes),
    );
    storeSized(body, at, body.param(2, 'i64'), size);
    body.if(i32.lt_u(at, i32.const(scratch.end)), () => body.call(finishWrite));
    return index;
  });

  /**
   * Charges the block's instructions and goes to its first record, or leaves when the budget does not reach. An invalid
   * block is looked for again.
   */
  const enter = (body: Body, target: Local<'i32'>, storePc: () => void, find: () => I32): void => {
    const left = body.local('i32');
    body.loop((again) => {
      body.set(left, i32.sub(i32.load(here, words.remaining), i32.load(target, block.charge)));
      body.if(i32.lt_s(left, i32.const(0)), () => {
        body.if(i32.eq(i32.load(target, block.charge), i32.const(noCharge)), () => {
          body.set(target, find());
          again();
        });
        storePc();
        body.return(i32.const(0));
      });
    });
    body.storeI32(here, left, words.remaining);
    const heat = body.let(i32.sub(i32.load(target, block.heat), i32.const(1)));
    body.storeI32(target, heat, block.heat);
    body.if(i32.eqz(heat), () => body.call(hot, target));
    body.return(i32.add(target, i32.const(block.size)));
    body.unreachable();
  };

  const follow = module.function(handlerType);
  {
    const { body } = follow;
    const at = body.param(0, 'i32');
    const target = body.local('i32');
    body.if(
      i32.eq(i32.load(at, link.epoch), i32.load(here, words.epoch)),
      () => body.set(target, i32.load(at, link.block)),
      () => body.set(target, callNode('i32', fillLink, at)),
    );
    enter(
      body,
      target,
      () => body.store64(here, i64.load(at, link.pc), words.pc),
      () => callNode('i32', fillLink, at),
    );
  }

  const jump = module.function({ params: ['i64'], result: 'i32' });
  {
    const { body } = jump;
    const pc = body.param(0, 'i64');
    const cached = findInPcCache(body, pc);
    const target = body.local('i32');
    body.if(
      cached.hit,
      () => body.set(target, cached.block),
      () => body.set(target, callNode('i32', lookup, pageNumber(pc), pageOffset(pc))),
    );
    enter(
      body,
      target,
      () => body.store64(here, pc, words.pc),
      () => callNode('i32', lookup, pageNumber(pc), pageOffset(pc)),
    );
  }

  const library: Library = {
    slowLoad,
    slowStore,
    translateRead,
    translateWrite,
    translateModify,
    finishWrite,
    segmentFault,
    raise,
    follow: follow.index,
    jump: jump.index,
    system,
    slow,
  };

  const lazyFlags = lazyFlagsFunction(module);
  const handlers: FunctionHandle[] = [];
  const handler = (): Body => {
    const handle = module.function(handlerType);
    handlers.push(handle);
    return handle.body;
  };

  // The pseudo handlers, in the order of `pseudo`.
  {
    const next = handler();
    next.return(callNode('i32', follow.index, i32.add(next.param(0, 'i32'), i32.const(record.size))));
    next.unreachable();
    const exit = handler();
    exit.store64(here, i64.load(exit.param(0, 'i32'), record.immediate), words.pc);
    exit.return(i32.const(0));
    exit.unreachable();
    const again = handler();
    again.return(callNode('i32', refetch, again.param(0, 'i32')));
    again.unreachable();
    for (const form of ['', 'm', 'f', 'g']) {
      const body = handler();
      const x = new Emitter(body, library, 8, [8], form, form !== 'g');
      if (form) body.store64(here, x.address(0, 8), state.address);
      body.return(callNode('i32', system, x.rec));
      body.unreachable();
    }
  }

  for (const { encoding, size, sizes, form, long, repeated } of sources) {
    const body = handler();
    const x = new Emitter(body, library, size, sizes, form, long, undefined, encoding.index);
    emitInstruction(x, encoding, repeated);
    body.unreachable();
  }

  // Region to region, until control comes to a record that is the interpreter's.
  const regions = module.function(handlerType);
  {
    const { body } = regions;
    const rec = body.param(0, 'i32');
    const type = module.type(handlerType);
    const exit = body.local('i32');
    body.loop((again) => {
      const start = body.let(i32.sub(rec, i32.const(block.size)));
      const entry = i32.load16_u(start, block.entry);
      const slot = i32.load16_u(start, block.region);
      body.set(exit, callIndirect('i32', type, slot, [entry], 1));
      body.if(
        i32.and(exit, i32.const(regionExit.link)),
        () => body.set(rec, callNode('i32', follow.index, i32.xor(exit, i32.const(regionExit.link)))),
        () =>
          body.if(
            i32.eq(exit, i32.const(regionExit.jump)),
            () => body.set(rec, callNode('i32', jump.index, i64.load(here, words.jumpTarget))),
            () => {
              body.if(i32.load(here, state.flagsKind), () => body.call(lazyFlags));
              body.if(i32.eq(exit, i32.const(regionExit.interpret)), () => body.set(exit, rec));
              body.if(exit, () => {
                // This record by its handler: were it the region's entry, the region would only leave again.
                body.set(exit, callIndirect('i32', type, i32.load16_u(exit, record.handler), [exit]));
              });
              body.return(exit);
            },
          ),
      );
      body.if(rec, () => again(i32.eq(i32.load8_u(rec, record.hot), i32.const(regionCase))));
    });
    body.if(i32.load(here, state.flagsKind), () => body.call(lazyFlags));
    body.return(rec);
    body.unreachable();
  }

  // The loop: the hottest handlers stand in it, chosen by one br_table; the others are called.
  const run = module.function({ params: ['i32'] });
  {
    const { body } = run;
    const rec = body.param(0, 'i32');
    const type = module.type(handlerType);
    body.loop((again) => {
      const next = (value: I32): void => {
        body.set(rec, value);
        again(rec);
        body.return();
      };
      body.switch(
        i32.load8_u(rec, record.hot),
        [
          () => {
            body.set(rec, callIndirect('i32', type, i32.load16_u(rec, record.handler), [rec]));
            again(rec);
          },
          ...sources.filter(isHot).map(
            ({ size, sizes, form, long, encoding, repeated }) =>
              () =>
                body.scope(() =>
                  emitInstruction(
                    new Emitter(body, library, size, sizes, form, long, next, encoding.index),
                    encoding,
                    repeated,
                  ),
                ),
          ),
        ],
        () => {
          body.set(rec, callNode('i32', regions.index, rec));
          again(rec);
        },
      );
    });
  }
  module.exportFunction('run', run);
  module.exportFunction('knowFlags', { index: lazyFlags });
  module.table(handlers);
  module.secondTable('regions', regionSlots);
  return module.encode();
}

/** An interpreter ready to be instantiated. */
export interface CompiledInterpreter {
  readonly interpreter: Interpreter;
  readonly module: WebAssembly.Module;
}

const compiled = new WeakMap<readonly InstructionDescription[], CompiledInterpreter>();

/** The interpreter of an instruction set: generated and compiled once for all processors that have it. */
export function compiledInterpreter(
  descriptions: readonly InstructionDescription[],
  encodings: readonly Encoding[],
): CompiledInterpreter {
  let found = compiled.get(descriptions);
  if (!found) {
    const interpreter =
      prebuilt && descriptions === instructionSet
        ? prebuiltInterpreter(prebuilt, encodings)
        : buildInterpreter(encodings);
    found = { interpreter, module: new WebAssembly.Module(interpreter.bytes) };
    compiled.set(descriptions, found);
  }
  return found;
}
