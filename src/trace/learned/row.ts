import type { Writer } from './instance.js';

/** A place in code: row of the function table, and distance from the function's start. */
export interface RecordedPlace {
  readonly function: number;
  readonly offset: number;
}

/** The first time a module's code read a field, or asked for something. */
export interface Learned extends RecordedPlace {
  /** Structure by name; `loader`: what is no structure; `cpuid`, `msr`, `port`, `hypercall`. */
  readonly source: string;
  readonly field: string;
  readonly access: 'read' | 'write' | 'call';
  /** Retired before. */
  readonly instruction: number;
  /** Of several fields that one place asked for in turn, `field` has the first and the last; retired before that one. */
  readonly last: number;
  /** Who called that function, the nearest first; as far as the stack told. */
  readonly callers: readonly RecordedPlace[];
  /** Who wrote the field before; null: nobody did, or it is no field. */
  readonly writtenBy: Writer | null;
  /** What was read, as 0x-hex; null where that is long or an answer in several registers. */
  readonly value: string | null;
}

/** The first time a variable of the kernel got another value than the image has. */
export interface RecordedSetting extends RecordedPlace {
  readonly variable: string;
  /** Retired before. */
  readonly instruction: number;
  readonly callers: readonly RecordedPlace[];
}

/** A place in code and who called the function it is in. */
export interface CalledPlace extends RecordedPlace {
  readonly callers: readonly RecordedPlace[];
}

/** Bytes of Linux's boot_params that are not zero at `start_kernel`, and how they came there. */
export interface RecordedFilling {
  readonly writer: Writer;
  /** Code that wrote them; null: none that the processor ran. */
  readonly by: CalledPlace | null;
  /** Code that copied them to where the kernel keeps them; null: they were written there. */
  readonly copiedBy: CalledPlace | null;
  readonly bytes: number;
}
