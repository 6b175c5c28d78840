import type { HandlerTable } from '../../engine/interpreter/interpreter.js';
import { writeLink, writeNext } from '../../engine/links.js';
import { link, packDistance, record } from '../../engine/record.js';
import type { PhysicalMemory } from '../../memory.js';
import { formOf, handlerKey, repeatedKey, systemKeys } from '../handlers.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { Operand } from '../operands.js';
import { gprOffset, segmentIndex, segmentOffset, state } from '../state.js';
import type { DecodedWithEncoding, Parts } from './parts.js';

/** Bits of the number that `Shape.handlers` are kept under. */
const LONG = 1;
const REPEATED = 2;
/** The memory operand, if there is one: its address is 64 bits wide and has no segment base, or not. */
const MEMORY = { none: 0, plain: 4, other: 8 } as const;

/** Writes decoded instructions into memory as records. */
export class RecordWriter {
  /** Slots of the handlers of system instructions. */
  readonly system: {
    readonly none: number;
    readonly plain: number;
    readonly based: number;
    readonly checked: number;
  };

  constructor(
    readonly memory: PhysicalMemory,
    readonly interpreter: HandlerTable,
    /** System instructions by the number that their records hold. */
    readonly systemInstructions: Decoded[],
  ) {
    const slot = (key: string): number => interpreter.slots.get(key)!;
    this.system = {
      none: slot(systemKeys['']),
      plain: slot(systemKeys.m),
      based: slot(systemKeys.f),
      checked: slot(systemKeys.g),
    };
  }

  /**
   * Writes the instruction in `parts` as the record at `at`: number `place` of its block, `distance` bytes from the
   * block's start. Returns how many records' room what ends a block takes behind it; 0 when the block goes on.
   * `instead`: what it does instead of what its description says.
   */
  write(at: number, parts: Parts, place: number, distance: number, instead?: InstructionDescription): number {
    const { i32 } = this.memory;
    const { candidate, places, memory } = parts;
    const long = parts.mode === 64;
    const system = instead !== undefined || candidate.system;
    const form =
      memory < 0 ? MEMORY.none : parts.addressSize === 64 && parts.segment < 4 ? MEMORY.plain : MEMORY.other;
    const handler = instead ? this.#systemSlot(long, form) : this.#handler(parts, long, form);

    let a = 0;
    let b = 0;
    const count = parts.shape.sources.length;
    for (let i = 0, n = 0; i < count; i++) {
      const place = places[i]!;
      if (place === 0) continue;
      if (n === 0) a = place;
      else if (n === 1) b = place;
      n++;
    }
    let base = 0;
    let index = 0;
    let scale = 0;
    let segmentAt = 0;
    let displacementLow = 0;
    let displacementHigh = 0;
    if (memory >= 0) {
      base = parts.base < 0 ? state.zero : gprOffset(parts.base);
      index = parts.index < 0 ? state.zero : gprOffset(parts.index);
      scale = parts.scale;
      // ES, CS, SS, DS have base 0 in 64-bit mode, whatever their cached base is. Where the address is 64 bits wide
      // the base is not even read: the segment only says which exception a bad address raises.
      const flat = long && parts.segment < 4 && parts.addressSize !== 64;
      segmentAt = segmentOffset(flat ? segmentIndex.flat : parts.segment);
      displacementLow = parts.displacementLow;
      displacementHigh = parts.displacementHigh;
    } else if (candidate.once) segmentAt = segmentOffset(parts.segment);
    else if (candidate.stack && !instead) segmentAt = segmentOffset(segmentIndex.ss);
    let immediateLow = 0;
    let immediateHigh = 0;
    if (system) {
      const instruction = parts.decoded();
      immediateLow =
        this.systemInstructions.push(instead ? { ...instruction, description: instead } : instruction) - 1;
    } else {
      const { immediate } = parts.shape;
      if (immediate >= 0) {
        immediateLow = parts.valueLow[immediate]!;
        immediateHigh = parts.valueHigh[immediate]!;
      }
    }
    const packed = packDistance(distance, parts.addressSize, parts.length);
    const word = at >> 2;
    i32[word] = handler | (place << 24) | (scale << 30);
    i32[word + (record.a >> 2)] = a | (b << 16);
    i32[word + (record.base >> 2)] = base | (index << 16);
    i32[word + (record.segment >> 2)] = segmentAt | (packed << 16);
    i32[word + (record.displacement >> 2)] = displacementLow;
    i32[word + (record.displacement >> 2) + 1] = displacementHigh;
    i32[word + (record.immediate >> 2)] = immediateLow;
    i32[word + (record.immediate >> 2) + 1] = immediateHigh;

    const behind = at + record.size;
    if (candidate.branch && !instead) {
      if (parts.shape.relative) writeLink(this.memory, behind, parts.valueLow[0]!, parts.valueHigh[0]!);
      else writeLink(this.memory, behind, parts.nextLow, parts.nextHigh);
      writeLink(this.memory, behind + link.size, parts.nextLow, parts.nextHigh);
      return 1;
    }
    if (!candidate.ends && !instead) return 0;
    if (!system)
      return writeNext(
        this.memory,
        behind,
        place + 1,
        distance + parts.length,
        parts.nextLow,
        parts.nextHigh,
      );
    i32[behind >> 2] = 0;
    return 1;
  }

  /** Case of a handler in the interpreter's loop; 0 when it has none. */
  #hot(slot: number): number {
    return this.interpreter.hot.get(slot) ?? 0;
  }

  /** The first three bytes of the record: handler and case. */
  #handler(parts: Parts, long: boolean, form: number): number {
    const { candidate, rep, shape } = parts;
    if (candidate.system) {
      const generated = rep
        ? candidate.fast && parts.addressSize === 64 && parts.segment < 4
        : candidate.once;
      if (!generated) {
        return this.#systemSlot(long, form);
      }
    }
    // What the interpreter has for a string instruction without REP is no use with it.
    const repeated = candidate.system && rep !== 0;
    const variant = (long ? LONG : 0) | (repeated ? REPEATED : 0) | form;
    const known = shape.handlers[variant]!;
    if (known >= 0) return known;
    const slot = this.#slot(parts.decoded(), long, repeated);
    return (shape.handlers[variant] = slot | (this.#hot(slot) << 16));
  }

  /** By how the address of its memory operand is made, if it has one. */
  #systemSlot(long: boolean, form: number): number {
    const { system } = this;
    if (form === MEMORY.none) return system.none;
    if (!long) return system.checked;
    return form === MEMORY.plain ? system.plain : system.based;
  }

  #slot({ encoding, operands, sizes, size }: DecodedWithEncoding, long: boolean, repeated: boolean): number {
    const form = operands.map((operand) => formLetter(operand, long)).join('');
    const single = handlerKey(encoding, size, sizes, form, long);
    const key = repeated ? repeatedKey(single) : single;
    const slot = this.interpreter.slots.get(key);
    if (slot === undefined) throw new Error(`no handler '${key}' for encoding '${encoding.text}'`);
    return slot;
  }
}

function formLetter(operand: Operand, long: boolean): string {
  return operand.kind === 'memory' && !long ? 'g' : formOf(operand);
}
