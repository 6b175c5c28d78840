import type { Decoder } from '../../src/machine/x86/decoder/decoder.js';
import type { Encoding } from '../../src/machine/x86/decoder/encoding.js';
import { Generator, isTestable } from './generate.js';
import type { Mode } from './layout.js';
import { SequenceGenerator } from './sequence.js';
import type { Vector } from './vector.js';

export const modes: readonly Mode[] = [64, 32, 16];

/** Parts of the instruction set, each with fixtures of its own. */
export const families = ['integer', 'sequence', 'sse', 'mmx', 'x87', 'edges'] as const;
export type Family = (typeof families)[number];

export function familyOf({ operands, map, opcode, description }: Encoding): Family {
  const kinds = operands.map(({ kind }) => kind).join('');
  if (/[VWU]/.test(kinds) || /mxcsr$/.test(description.name)) return 'sse';
  if (/[PQN]/.test(kinds) || description.name === 'emms') return 'mmx';
  if (/^fx(save|rstor)$/.test(description.name)) return 'x87';
  return map === 0 && ((opcode >= 0xd8 && opcode <= 0xdf) || opcode === 0x9b) ? 'x87' : 'integer';
}

/** Random vectors for the testable encodings that `wanted` accepts; the same seed gives the same vectors. */
export function collect(
  decoder: Decoder,
  mode: Mode,
  count: number,
  seed: number,
  wanted: (encoding: Encoding) => boolean,
): Vector[] {
  const generator = new Generator(decoder);
  return decoder.encodings
    .filter((encoding) => isTestable(encoding) && wanted(encoding))
    .flatMap((encoding) => [...generator.vectors(encoding, mode, count, seed)]);
}

/** `count` random runs of integer instructions. */
export function collectSequences(decoder: Decoder, mode: Mode, count: number, seed: number): Vector[] {
  const generator = new SequenceGenerator(decoder);
  return Array.from({ length: count }, (_, i) => generator.vector(mode, Math.imul(seed, 0x9e3779b1) + i));
}
