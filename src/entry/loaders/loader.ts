import type { Image } from '../../image/image.js';
import type { EntryId, Offer } from '../entry.js';

/** A file as a loader gets it, and what it offers. */
export interface Candidate {
  readonly image: Image;
  readonly offers: readonly Offer[];
}

/**
 * What a loader does with a file once one of its rules decides. `mistakes`: it does not refuse what it should, but starts
 * something that is not there. `unknown`: nothing this project has read says.
 */
export type Decision =
  | { readonly verdict: 'takes'; readonly entry: EntryId; readonly reason: string }
  | { readonly verdict: 'refuses' | 'mistakes' | 'unknown'; readonly reason: string };

/** One question a loader asks of a file. */
export interface LoaderRule {
  /** What it looks for, in a few words. */
  readonly asks: string;
  /** File and function, or specification and section. */
  readonly source: string;
  /** What it leads to; undefined where the loader goes on to its next rule. */
  decide(candidate: Candidate): Decision | undefined;
}

/** One way in which a loader is given a kernel. The rules are in the loader's own order, and the last always decides. */
export interface LoaderWay {
  readonly id: string;
  /** Name of the program, e.g. "QEMU". */
  readonly loader: string;
  /** Option, command or firmware, e.g. "-kernel, SeaBIOS". */
  readonly how: string;
  /** Versions whose sources were read. */
  readonly versions: string;
  readonly rules: readonly LoaderRule[];
}

export const takes = (entry: EntryId, reason: string): Decision => ({ verdict: 'takes', entry, reason });
export const refuses = (reason: string): Decision => ({ verdict: 'refuses', reason });
export const mistakes = (reason: string): Decision => ({ verdict: 'mistakes', reason });
export const unknown = (reason: string): Decision => ({ verdict: 'unknown', reason });
