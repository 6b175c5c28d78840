import type { PhysicalMemory } from '../memory.js';
import { type Body, type I32, type I64, i32, i64 } from '../wasm/code.js';
import type { Block } from './block.js';
import { here, transferRing, words } from './layout.js';
import { block as header, link, pseudo, record } from './record.js';

/**
 * How control goes from function to function, as generated code that traces writes it down: 24 bytes for each entry at a marked
 * place and each return. Offsets in bytes.
 */
export const transfer = {
  size: 24,
  /** i32: what was left of the stretch's budget. */
  left: 0,
  /** i32: low half of the stack pointer; 0 where the instruction set has none. */
  stack: 4,
  /** i32: number of the mark; `returned`. */
  mark: 8,
  /** i32: link that was followed; 0: control came there in another way. */
  link: 12,
  /** i64: of an entry `words.note`, of a return where it went to. */
  note: 16,
} as const;

/** `transfer.mark` of a return. */
export const returned = -1;

/** Instructions of a stretch that cannot fill the ring: each is at most a return and the way to one entry. */
export const tracedStretch = Math.floor((transferRing.end - transferRing.start) / transfer.size / 2);

/** What is known of a transfer that was still to come when the run loop had to look: low halves of addresses, 0 where not known. */
export interface Note {
  /** Where a call returns to. */
  readonly returnTo: number;
  /** The instruction. */
  readonly site: number;
  /** As in a transfer. */
  readonly link: number;
}

const nothing: Note = { returnTo: 0, site: 0, link: 0 };

/** Takes it from memory. */
export function takeNote({ i32 }: PhysicalMemory): Note {
  const low = words.note >> 2;
  const [returnTo, site, link] = [i32[low]!, i32[low + 1]!, i32[words.via >> 2]!];
  if (returnTo === 0 && site === 0 && link === 0) return nothing;
  i32[low] = 0;
  i32[low + 1] = 0;
  i32[words.via >> 2] = 0;
  return { returnTo, site, link };
}

/** Places that are told apart, mostly starts of functions. A block never goes beyond one. */
export interface Marks {
  /** Number of the mark at a place; 0: none. Pages as in `Block`. */
  at(page: number, offset: number, frame: number): number;
  /** Offset in the page of the first mark behind a place; 4096: none. */
  next(page: number, offset: number, frame: number): number;
}

/** Follows control. Times are instructions retired by then, idle ones included. */
export interface Tracer {
  readonly marks: Marks;
  /** The run loop is about to run a block. */
  begins(block: Block, time: number): void;
  /** Transfers in words from `from` to `to`, in order; each was at `end` less its `left`. */
  transfers(view: Int32Array, from: number, to: number, end: number): void;
  /** Control is with the run loop again. */
  ended(time: number): void;
}

/** Emits what writes a transfer down. `stack`: where the stack pointer stands. */
export function emitTransfer(
  body: Body,
  { left, stack, mark, link, note }: { left: I32; stack: number; mark: I32; link: I32; note: I64 },
): void {
  const at = body.let(i32.load(here, words.ring));
  body.storeI32(at, left, transfer.left);
  body.storeI32(at, i32.load(here, stack), transfer.stack);
  body.storeI32(at, mark, transfer.mark);
  body.storeI32(at, link, transfer.link);
  body.store64(at, note, transfer.note);
  body.storeI32(here, i32.add(at, i32.const(transfer.size)), words.ring);
}

/** The same of an entry: `words.note` is of no use any more. */
export function emitEntry(body: Body, stack: number, left: I32, mark: I32, link: I32): void {
  emitTransfer(body, { left, stack, mark, link, note: i64.load(here, words.note) });
}

export function emitForgetNote(body: Body): void {
  body.store64(here, i64.const(0), words.note);
}

/** The low half of the address of the instruction that a link belongs to, and whether control goes on behind that. */
export function sourceOf({ u8, u16, i32 }: PhysicalMemory, at: number): { site: number; falls: boolean } {
  // Records are a multiple of their size apart, and links stand behind theirs.
  const first = at % record.size === 0;
  const owner = at - record.size - (first ? 0 : link.size);
  const goesOn = u16[(owner + record.handler) >> 1] === pseudo.next;
  const rec = goesOn ? owner - record.size : owner;
  const start = rec - (u8[rec + record.place]! & 63) * record.size - header.size;
  const distance = u16[(rec + record.distance) >> 1]! & 0x3ff;
  return { site: (i32[(start + header.pc) >> 2]! + distance) | 0, falls: goesOn || !first };
}
