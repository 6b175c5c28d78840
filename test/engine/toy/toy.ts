import type {
  Addressing,
  Architecture,
  Ending,
  Frame,
  Handler,
  InstructionSet,
  RegionFrame,
  RegionState,
  Translation,
} from '../../../src/machine/engine/architecture.js';
import type { Code } from '../../../src/machine/engine/code.js';
import { type Compiled, Engine } from '../../../src/machine/engine/engine.js';
import { Fault } from '../../../src/machine/engine/fault.js';
import type { Flow } from '../../../src/machine/engine/flow.js';
import { interpreterOf } from '../../../src/machine/engine/interpreter/interpreter.js';
import type { NoBorder } from '../../../src/machine/engine/interpreter/library.js';
import { here, stateBase, words } from '../../../src/machine/engine/layout.js';
import { writeLink } from '../../../src/machine/engine/links.js';
import { block as header, link, packDistance, record } from '../../../src/machine/engine/record.js';
import { Tlb } from '../../../src/machine/engine/tlb.js';
import type { TranslatorOptions } from '../../../src/machine/engine/translator/translator.js';
import { Untranslatable } from '../../../src/machine/engine/translator/untranslatable.js';
import { PhysicalMemory } from '../../../src/machine/memory.js';
import { callNode, type I32, type I64, i32, i64, select } from '../../../src/machine/wasm/code.js';

/**
 * An instruction set of ten instructions, as small as one can be that the engine runs through both tiers: sixteen registers of
 * 64 bits, instructions of four bytes (operation, destination and source, signed 16-bit immediate), no paging.
 */

/** Sixteen of 8 bytes; register 15 takes the address a call returns to. */
const registers = stateBase + 0x100;
const returnRegister = 15;
/** Where faults go on. */
export const faultVector = 0x1800;
const divideError = 3;

class ToyFault extends Fault {}

/** What an instruction finds: the two tiers differ in where its operands are. */
interface Operands {
  readonly destination: I32;
  readonly source: I32;
  readonly immediate: I64;
  /** Linear address of the next instruction; only where control does not simply go on. */
  readonly next: I64;
}

interface ToyHandler extends Handler {
  readonly flow: Flow;
  /** New value of the destination. */
  readonly value?: (o: Operands) => I64;
  /** Where control goes: to the decoded target if so, or to an address. */
  readonly condition?: (o: Operands) => I32;
  readonly target?: (o: Operands) => I64;
  /** What only the interpreter can do. */
  readonly alone?: (o: Operands, frame: Frame) => void;
}

const load = (place: I32): I64 => i64.load(place);

/** In the order of their operation numbers. */
export const operations = ['li', 'addi', 'add', 'div', 'ld', 'st', 'bnz', 'call', 'ret', 'halt'] as const;
export type Operation = (typeof operations)[number];

const handlers: readonly ToyHandler[] = [
  { key: 'li', flow: 'next', value: (o) => o.immediate },
  { key: 'addi', flow: 'next', value: (o) => i64.add(load(o.source), o.immediate) },
  { key: 'add', flow: 'next', value: (o) => i64.add(load(o.destination), load(o.source)) },
  {
    key: 'div',
    flow: 'next',
    alone: (o, { body, library, rec }) => {
      body.if(i64.eqz(load(o.source)), () => {
        body.call(library.raise, rec, i32.const(divideError));
        body.unreachable();
      });
      body.store64(o.destination, i64.div_u(load(o.destination), load(o.source)));
    },
  },
  {
    key: 'ld',
    flow: 'next',
    alone: (o, { body, library, rec }) => {
      const address = i64.add(load(o.source), o.immediate);
      body.store64(o.destination, callNode('i64', library.slowLoad[64], rec, address));
    },
  },
  {
    key: 'st',
    flow: 'next',
    alone: (o, { body, library, rec }) => {
      const address = i64.add(load(o.source), o.immediate);
      body.call(library.slowStore[64], rec, address, load(o.destination));
    },
  },
  { key: 'bnz', flow: 'conditional', condition: (o) => i64.ne(load(o.destination), i64.const(0)) },
  { key: 'call', flow: 'call', value: (o) => o.next },
  { key: 'ret', flow: 'return', target: () => i64.load(here, registers + returnRegister * 8) },
  { key: 'halt', flow: 'leave' },
];

const isBranch = (flow: Flow): boolean => flow !== 'next' && flow !== 'leave';

function emit(handler: ToyHandler, frame: Frame): void {
  const { body, library, rec } = frame;
  if (handler.flow === 'leave') {
    frame.leave(callNode('i32', library.system, rec));
    return;
  }
  const o: Operands = {
    destination: i32.load16_u(rec, record.a),
    source: i32.load16_u(rec, record.b),
    immediate: i64.load(rec, record.immediate),
    next: i64.load(rec, record.size + link.size + link.pc),
  };
  handler.alone?.(o, frame);
  if (handler.value) body.store64(o.destination, handler.value(o));
  const taken = i32.const(record.size);
  if (handler.target) frame.leave(callNode('i32', library.jump, handler.target(o)));
  else if (handler.condition) {
    const at = select(handler.condition(o), taken, i32.const(record.size + link.size));
    frame.leave(callNode('i32', library.follow, i32.add(rec, at)));
  } else if (handler.flow === 'call') frame.leave(callNode('i32', library.follow, i32.add(rec, taken)));
  else frame.leave(i32.add(rec, i32.const(record.size)));
}

/** Keeps nothing in locals. */
class ToyRegion implements RegionState<ToyHandler, undefined> {
  readonly known = undefined;
  readonly atRoots = undefined;
  readonly places = ['any'];
  place = 'any';
  guard(): void {}
  load(): void {}
  assume(): void {}
  settle(): void {}
  store(): void {}

  instruction({ body, memory }: RegionFrame, at: number, handler: ToyHandler): Ending {
    const { u16, view } = memory;
    if (handler.alone || handler.flow === 'leave') throw new Untranslatable("the interpreter's");
    const next = record.size + link.size + link.pc;
    const o: Operands = {
      destination: i32.const(u16[(at + record.a) >> 1]!),
      source: i32.const(u16[(at + record.b) >> 1]!),
      immediate: i64.const(view.getBigInt64(at + record.immediate, true)),
      next: i64.const(isBranch(handler.flow) ? view.getBigInt64(at + next, true) : 0n),
    };
    if (handler.value) body.store64(o.destination, handler.value(o));
    if (handler.target) return { kind: 'jump', pc: body.let(handler.target(o)) };
    if (handler.condition) return { kind: 'branch', condition: handler.condition(o) };
    return handler.flow === 'call' ? { kind: 'goto', taken: true } : { kind: 'next' };
  }
}

const set: InstructionSet<ToyHandler> = {
  handlers,
  hot: new Set(['li', 'addi', 'bnz']),
  border: {},
  emit,
  regions: () => () => new ToyRegion(),
};

let compiled: Compiled<ToyHandler, NoBorder> | undefined;

function compiledToy(): Compiled<ToyHandler, NoBorder> {
  if (!compiled) {
    const interpreter = interpreterOf(set);
    compiled = { set, interpreter, module: new WebAssembly.Module(interpreter.bytes) };
  }
  return compiled;
}

class ToyCode implements Code {
  readonly mode = 0;
  readonly longest = 4;
  nextLow = 0;
  readonly nextHigh = 0;
  #word = 0;

  constructor(readonly toy: Toy) {}

  fetchFrame(page: number, offset: number): number {
    return this.toy.engine.fetchFrame(page, offset);
  }
  checkFetch(): void {}
  begin(page: number, offset: number): void {
    this.nextLow = page * 4096 + offset;
  }
  read(bytes: Uint8Array, start: number, end: number): number {
    if (start + 4 > end) return 0;
    this.#word =
      bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24);
    return (this.#word & 0xff) < operations.length ? 4 : -1;
  }
  refuse(): never {
    throw new ToyFault();
  }
  write(at: number, place: number, distance: number): number {
    const { memory } = this.toy;
    const { u16, i32, view } = memory;
    const word = this.#word;
    const { key, flow } = handlers[word & 0xff]!;
    const { slots, hot } = compiledToy().interpreter;
    const slot = slots.get(key)!;
    const pc = this.nextLow;
    this.nextLow += 4;
    i32[at >> 2] = slot | ((hot.get(slot) ?? 0) << 16) | (place << 24);
    u16[(at + record.a) >> 1] = registers + (flow === 'call' ? returnRegister : (word >> 8) & 15) * 8;
    u16[(at + record.b) >> 1] = registers + ((word >> 12) & 15) * 8;
    u16[(at + record.distance) >> 1] = packDistance(distance, 64, 4);
    view.setBigInt64(at + record.immediate, BigInt(word >> 16), true);
    const behind = at + record.size;
    if (isBranch(flow)) {
      writeLink(memory, behind, pc + (word >> 16), 0);
      writeLink(memory, behind + link.size, this.nextLow, 0);
      return 1;
    }
    if (flow === 'next') return 0;
    i32[behind >> 2] = 0;
    return 1;
  }
  forget(): void {
    this.toy.engine.epochs.bump();
  }
  flow(rec: number): Flow {
    return compiledToy().interpreter.made[this.toy.memory.u16[(rec + record.handler) >> 1]!]!.flow;
  }
}

const flat: Addressing = {
  user: false,
  translate: (page): Translation => ({ frame: page, writable: true, dirty: true, span: 1, global: false }),
  tlbMode: 0,
  looksAtAll: false,
  check: () => {},
  wrap: (page) => page,
  watching: false,
  watches: () => false,
  touch: () => {},
  synchronize: () => {},
};

/** A processor of the toy instruction set, with memory of its own. */
export class Toy implements Architecture {
  readonly memory = new PhysicalMemory(0x100000);
  readonly code = new ToyCode(this);
  readonly addressing = flat;
  readonly imports = {};
  readonly engine: Engine<ToyHandler, NoBorder>;
  halted = false;
  faults = 0;

  constructor(translate: TranslatorOptions | false) {
    const tlb = new Tlb(this.memory);
    this.memory.i32[words.tlb >> 2] = tlb.base(0);
    this.engine = new Engine(this.memory, tlb, this, compiledToy(), translate);
    this.engine.epochs.bump();
  }

  register(n: number): bigint {
    return this.memory.view.getBigUint64(registers + n * 8, true);
  }

  get pc(): number {
    return Number(this.memory.view.getBigInt64(words.pc, true));
  }
  set pc(address: number) {
    this.memory.view.setBigInt64(words.pc, BigInt(address), true);
  }

  raise(): never {
    throw new ToyFault();
  }
  system(rec: number): number {
    const { u8, u16, view } = this.memory;
    this.halted = true;
    const start = rec - (u8[rec + record.place]! & 63) * record.size - header.size;
    const distance = u16[(rec + record.distance) >> 1]! & 0x3ff;
    this.pc = Number(view.getBigInt64(start + header.pc, true)) + distance + 4;
    return 0;
  }
  slow(): void {}
  attend(): boolean {
    return false;
  }
  advance(budget: number): void {
    this.engine.execute(budget);
  }
  stretchEnds(): void {}
  stretchBegins(): void {}
  stretchEnded(): void {}
  settle(): void {}
  trapsFirst(): boolean {
    return false;
  }
  fault(): void {
    this.faults++;
    this.pc = faultVector;
  }
  modeChanged(): void {}
}

/** Bytes of instructions: operation, destination, source, immediate; a name as immediate is a label, in bytes from the instruction. */
export type Line = readonly [Operation, number?, number?, (number | string)?] | string;

export function assembleToy(lines: readonly Line[]): Uint8Array {
  const labels = new Map<string, number>();
  let at = 0;
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, at);
    else at += 4;
  }
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  at = 0;
  for (const line of lines) {
    if (typeof line === 'string') continue;
    const [operation, destination = 0, source = 0, immediate = 0] = line;
    view.setUint8(at, operations.indexOf(operation));
    view.setUint8(at + 1, destination | (source << 4));
    view.setInt16(at + 2, typeof immediate === 'string' ? labels.get(immediate)! - at : immediate, true);
    at += 4;
  }
  return bytes;
}
