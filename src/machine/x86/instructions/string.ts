import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { loadSized, storeSized } from '../../engine/access.js';
import { type I32, type I64, i32, i64, type Local, select } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { linearAddress } from '../segments/linear-address.js';
import { segmentIndex, segmentOffset, state } from '../state.js';

const { RAX, RCX, RSI, RDI } = GPR;

/** The index and count registers of a string instruction under its address size. */
class Cursor {
  readonly mask: bigint;
  readonly step: bigint;

  constructor(
    readonly cpu: Processor,
    readonly instruction: Decoded,
    readonly bytes: number,
  ) {
    this.mask = (1n << BigInt(instruction.addressSize)) - 1n;
    this.step = cpu.systemFlags & FLAG.DF ? BigInt(-bytes) : BigInt(bytes);
  }

  offset(register: number): bigint {
    return this.cpu.gpr[register]! & this.mask;
  }
  /** Linear address of the lowest of the next elements. */
  source(elements = 1): bigint {
    const offset = this.offset(RSI) - this.#below(elements);
    const bytes = elements * this.bytes;
    return linearAddress(this.cpu, this.instruction, this.instruction.segment, offset, bytes, false);
  }
  target(write: boolean, elements = 1): bigint {
    const offset = this.offset(RDI) - this.#below(elements);
    return linearAddress(this.cpu, this.instruction, segmentIndex.es, offset, elements * this.bytes, write);
  }
  /** How far the lowest of so many elements is below the first. */
  #below(elements: number): bigint {
    return this.step > 0n ? 0n : BigInt((elements - 1) * this.bytes);
  }
  move(register: number, elements: number): void {
    const value = this.offset(register) + this.step * BigInt(elements);
    this.cpu.writeGpr(register, value & this.mask, this.instruction.addressSize);
  }
  count(): bigint {
    return this.cpu.gpr[RCX]! & this.mask;
  }
  setCount(value: bigint): void {
    this.cpu.writeGpr(RCX, value & this.mask, this.instruction.addressSize);
  }

  /** See `Processor.spanAt`. A page fault is at the first element, which going down is not the lowest. */
  span(first: bigint, lowest: bigint, elements: number, write: boolean): number {
    const { cpu, bytes } = this;
    if (first !== lowest && cpu.linear.spanAt(first, bytes, write) < 0) return -1;
    return cpu.linear.spanAt(lowest, elements * bytes, write);
  }

  /** Elements from that at `address` to the end of its page, going up or down; 0 when the first crosses it. */
  room(address: bigint): number {
    const offset = Number(address & 0xfffn);
    if (this.step > 0n) return Math.floor((4096 - offset) / this.bytes);
    return offset + this.bytes > 4096 ? 0 : Math.floor(offset / this.bytes) + 1;
  }
}

/**
 * Runs `once` for each element, `bulk` where whole stretches can be done at once; it returns how many it did. Debug traps
 * come after each element: the instruction is left and run again for the rest.
 */
function repeat(cursor: Cursor, once: () => boolean, bulk?: (elements: number) => number): void {
  const { instruction } = cursor;
  if (!instruction.rep) {
    once();
    return;
  }
  const { cpu } = cursor;
  const stepping = (cpu.systemFlags & FLAG.TF) !== 0;
  for (let left = cursor.count(); left > 0n; ) {
    const most = left > 0xfffffn ? 0xfffff : Number(left);
    const done = bulk && !stepping ? bulk(most) : 0;
    if (done > 0) {
      left -= BigInt(done);
      cursor.setCount(left);
      continue;
    }
    const goOn = once();
    left--;
    cursor.setCount(left);
    if (!goOn) return;
    if ((stepping || cpu.debugTrap) && left > 0n) {
      cpu.betweenIterations = true;
      return;
    }
  }
}

function moveString(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size / 8;
  const cursor = new Cursor(cpu, instruction, bytes);
  repeat(
    cursor,
    () => {
      const value = cpu.linear.read(cursor.source(), bytes);
      cpu.linear.write(cursor.target(true), bytes, value);
      cursor.move(RSI, 1);
      cursor.move(RDI, 1);
      return true;
    },
    (most) => {
      if (instruction.mode !== 64 && most < 4) return 0;
      const [from, to] = [cursor.source(), cursor.target(true)];
      let elements = Math.min(most, cursor.room(from), cursor.room(to));
      if (elements === 0) return 0;
      const source = cursor.span(from, cursor.source(elements), elements, false);
      if (source < 0) return 0;
      const target = cursor.span(to, cursor.target(true, elements), elements, true);
      if (target < 0) return 0;
      // Where what is written is read again a pattern is repeated; copyWithin would not do that.
      const up = cursor.step > 0n;
      const distance = up ? target - source : source - target;
      let skipped = 0;
      if (distance > 0 && distance < elements * bytes) {
        const fresh = Math.floor(distance / bytes);
        if (!up) skipped = (elements - fresh) * bytes;
        elements = fresh;
      }
      if (elements === 0) return 0;
      const start = source + skipped;
      cpu.memory.u8.copyWithin(target + skipped, start, start + elements * bytes);
      cursor.move(RSI, elements);
      cursor.move(RDI, elements);
      return elements;
    },
  );
}

function storeString(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size / 8;
  const cursor = new Cursor(cpu, instruction, bytes);
  const value = cpu.readGpr(RAX, instruction.size);
  repeat(
    cursor,
    () => {
      cpu.linear.write(cursor.target(true), bytes, value);
      cursor.move(RDI, 1);
      return true;
    },
    (most) => {
      const to = cursor.target(true);
      const elements = Math.min(most, cursor.room(to));
      if (elements === 0) return 0;
      const target = cursor.span(to, cursor.target(true, elements), elements, true);
      if (target < 0) return 0;
      const { u8, view } = cpu.memory;
      const end = target + elements * bytes;
      if (bytes === 1 || value === 0n) u8.fill(Number(value & 0xffn), target, end);
      else {
        for (let b = 0; b < bytes; b++) view.setUint8(target + b, Number((value >> BigInt(8 * b)) & 0xffn));
        for (let done = bytes; done < elements * bytes; done *= 2) {
          u8.copyWithin(target + done, target, Math.min(target + done, end - done));
        }
      }
      cursor.move(RDI, elements);
      return elements;
    },
  );
}

/** Flags of a - b, as CMP sets them. */
function compareFlags(cpu: Processor, a: bigint, b: bigint, bits: number): void {
  const result = BigInt.asUintN(bits, a - b);
  const top = 1n << BigInt(bits - 1);
  let flags = cpu.flags & ~(FLAG.CF | FLAG.PF | FLAG.AF | FLAG.ZF | FLAG.SF | FLAG.OF);
  if (a < b) flags |= FLAG.CF;
  if (result === 0n) flags |= FLAG.ZF;
  if (result & top) flags |= FLAG.SF;
  if ((a ^ b) & (a ^ result) & top) flags |= FLAG.OF;
  if ((a ^ b ^ result) & 0x10n) flags |= FLAG.AF;
  let low = Number(result & 0xffn);
  low ^= low >> 4;
  if ((0x9669 >> (low & 15)) & 1) flags |= FLAG.PF;
  cpu.flags = flags;
}

/** After a comparison: does REPE or REPNE go on? */
const goesOn = (instruction: Decoded, a: bigint, b: bigint): boolean =>
  (a === b) === (instruction.rep === 0xf3);

function compareString(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size / 8;
  const cursor = new Cursor(cpu, instruction, bytes);
  repeat(cursor, () => {
    const a = cpu.linear.read(cursor.source(), bytes);
    const b = cpu.linear.read(cursor.target(false), bytes);
    compareFlags(cpu, a, b, instruction.size);
    cursor.move(RSI, 1);
    cursor.move(RDI, 1);
    return goesOn(instruction, a, b);
  });
}

function scanString(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size / 8;
  const cursor = new Cursor(cpu, instruction, bytes);
  const a = cpu.readGpr(RAX, instruction.size);
  repeat(cursor, () => {
    const b = cpu.linear.read(cursor.target(false), bytes);
    compareFlags(cpu, a, b, instruction.size);
    cursor.move(RDI, 1);
    return goesOn(instruction, a, b);
  });
}

function loadString(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size / 8;
  const cursor = new Cursor(cpu, instruction, bytes);
  repeat(cursor, () => {
    cpu.writeGpr(RAX, cpu.linear.read(cursor.source(), bytes), instruction.size);
    cursor.move(RSI, 1);
    return true;
  });
}

/** Bytes from which a bulk operation is worth its call. */
const BULK = 96;

/**
 * Going up, page by page while the pages are known: the common case, without TypeScript, which goes on from where the
 * registers say.
 */
function repeatInPages(
  x: Emitter,
  registers: readonly number[],
  carryOut: (bytes: I32, places: I32[]) => void,
): void {
  const { body, size } = x;
  const shift = i64.const(Math.log2(size / 8));
  // Single steps trap behind each element.
  const other = i32.const(FLAG.DF | FLAG.TF);
  const up = body.let(i32.eqz(i32.and(i32.load(i32.const(0), state.flagsSystem), other)));
  const count = body.local('i64');
  const elements = body.local('i64');
  body.set(count, x.readGpr(RCX));
  body.if(i64.ne(count, i64.const(0)), () =>
    body.loop((again) => {
      const addresses = registers.map((register) => x.readGpr(register));
      const probes = addresses.map((address, i) => x.probe(address, i === registers.length - 1));
      body.set(elements, count);
      for (const address of addresses) {
        const room = i64.sub(i64.const(4096), i64.and(address, i64.const(4095)));
        const fit = body.let(i64.shr_u(room, shift));
        body.set(elements, select(i64.lt_u(fit, elements), fit, elements));
      }
      const known = probes.reduce((all, probe) => i32.and(all, probe.known), up as I32);
      body.if(i32.eqz(i32.and(known, i64.ne(elements, i64.const(0)))), () => x.callSystem());
      const total = body.let(i64.shl(elements, shift));
      carryOut(
        body.let(i32.wrap(total)),
        probes.map(({ place }) => body.let(place)),
      );
      for (const [i, register] of registers.entries()) x.writeGpr(register, i64.add(addresses[i]!, total));
      body.set(count, i64.sub(count, elements));
      x.writeGpr(RCX, count);
      again(i64.ne(count, i64.const(0)));
    }),
  );
}

function storeStringInPage(x: Emitter): void {
  const { body, size } = x;
  const value = x.readGpr(RAX, size);
  const step = size / 8;
  repeatInPages(x, [RDI], (bytes, [to]) => {
    const long = i32.ge_u(bytes, i32.const(BULK));
    body.if(
      size === 8 ? long : i32.and(long, i64.eqz(value)),
      () => body.fill(to!, i32.wrap(value), bytes),
      () => {
        const at = body.local('i32');
        body.set(at, to!);
        const end = body.let(i32.add(to!, bytes));
        body.block((done) => {
          body.loop((again) => {
            done(i32.eq(at, end));
            storeSized(body, at, value, size);
            body.set(at, i32.add(at, i32.const(step)));
            again();
          });
        });
      },
    );
  });
}

function moveStringInPage(x: Emitter): void {
  const { body, size } = x;
  repeatInPages(x, [RSI, RDI], (bytes, [from, to]) => {
    const distance = i32.sub(to!, from!);
    body.if(
      i32.lt_u(distance, bytes),
      () => {
        // A destination inside the source repeats a pattern.
        const done = body.local('i32');
        body.set(done, i32.const(0));
        body.loop((again) => {
          storeSized(body, i32.add(to!, done), loadSized(i32.add(from!, done), size), size);
          body.set(done, i32.add(done, i32.const(size / 8)));
          again(i32.lt_u(done, bytes));
        });
      },
      () => body.copy(to!, from!, bytes),
    );
  });
}

/** One element at RSI or RDI, without REP. */
class Element {
  readonly #shift: Local<'i64'>;
  readonly #step: I64;

  constructor(readonly x: Emitter) {
    this.#shift = x.addressShift();
    const down = i32.and(i32.load(i32.const(0), state.flagsSystem), i32.const(FLAG.DF));
    const bytes = x.size / 8;
    this.#step = x.body.let(select(down, i64.const(-bytes), i64.const(bytes)));
  }

  #offset(register: number): Local<'i64'> {
    const { x } = this;
    return x.body.let(i64.shr_u(i64.shl(x.readGpr(register), this.#shift), this.#shift));
  }

  source(): Local<'i64'> {
    const { x } = this;
    return x.load(x.stringAddress(x.sourceSegment(), this.#offset(RSI), x.size, false), x.size);
  }

  #target(write: boolean): Local<'i64'> {
    const { x } = this;
    return x.stringAddress(i32.const(segmentOffset(segmentIndex.es)), this.#offset(RDI), x.size, write);
  }

  target(): Local<'i64'> {
    return this.x.load(this.#target(false), this.x.size);
  }

  setTarget(value: I64): void {
    this.x.store(this.#target(true), value, this.x.size);
  }

  advance(...registers: number[]): void {
    for (const register of registers)
      this.x.writeCounter(i64.add(this.x.readGpr(register), this.#step), this.#shift, register);
  }
}

const element =
  (carryOut: (element: Element, x: Emitter) => void) =>
  (x: Emitter): void =>
    carryOut(new Element(x), x);

const moveOnce = element((at) => {
  at.setTarget(at.source());
  at.advance(RSI, RDI);
});
const storeOnce = element((at, x) => {
  at.setTarget(x.readGpr(RAX, x.size));
  at.advance(RDI);
});
const loadOnce = element((at, x) => {
  x.writeGpr(RAX, at.source(), x.size);
  at.advance(RSI);
});

function compareOnce(x: Emitter, a: Local<'i64'>, b: Local<'i64'>): void {
  x.flags.sub(a, b, x.body.let(i64.sub(a, b)), x.size);
}
const compareElements = element((at, x) => {
  compareOnce(x, at.source(), at.target());
  at.advance(RSI, RDI);
});
const scanOnce = element((at, x) => {
  compareOnce(x, x.readGpr(RAX, x.size), at.target());
  at.advance(RDI);
});

const both = (
  name: string,
  opcode: number,
  system: InstructionDescription['system'],
  once: InstructionDescription['once'],
  fast?: InstructionDescription['fast'],
): InstructionDescription => ({
  name,
  encodings: [`${opcode.toString(16)} AL`, `${(opcode + 1).toString(16)} rAX`],
  ends: false,
  system,
  once,
  fast,
});

/** String instructions; INS and OUTS are with the other port instructions. */
export const string: InstructionDescription[] = [
  both('movs', 0xa4, moveString, moveOnce, moveStringInPage),
  both('cmps', 0xa6, compareString, compareElements),
  both('stos', 0xaa, storeString, storeOnce, storeStringInPage),
  both('lods', 0xac, loadString, loadOnce),
  both('scas', 0xae, scanString, scanOnce),
];
