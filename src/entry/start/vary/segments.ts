import type { SegmentValue } from '../../../machine/x86/segments/segments.js';
import type { Choice } from './choice.js';
import type { Random } from './random.js';

/** Segment and table registers, as far as what they hold is not stated. */
export const segments: readonly Choice[] = [
  {
    id: 'selectors',
    family: 'segments',
    title: 'other selectors in CS, DS, ES and SS',
    clause: ({ selectors }) => selectors,
    after({ cpu: { segment } }, random) {
      const code = selector(random);
      const data = selector(random);
      segment.cs.value = { ...segment.cs.value, selector: code };
      for (const name of ['ds', 'es', 'ss'] as const) {
        segment[name].value = { ...segment[name].value, selector: data };
      }
    },
  },
  ...(['fs', 'gs'] as const).map(
    (name): Choice => ({
      id: name,
      family: 'segments',
      title: `another segment in ${name.toUpperCase()}`,
      clause: ({ fsGs }) => fsGs,
      after: ({ cpu }, random) => {
        cpu.segment[name].value = moved(cpu.segment[name].value, cpu.codeBits, random);
      },
    }),
  ),
  ...(['gdtr', 'idtr'] as const).map(
    (name): Choice => ({
      id: name,
      family: 'segments',
      title: `another value in ${name.toUpperCase()}`,
      clause: (freedom) => freedom[name],
      after: ({ cpu }, random) => {
        cpu[name].base = BigInt(random.word());
        cpu[name].limit = random.below(0x10000);
      },
    }),
  ),
];

/** Neither null nor one of those that are usual. */
const selector = (random: Random): number => (0x20 + random.below(0x1000)) << 3;

/** A data segment somewhere else. */
function moved(segment: SegmentValue, bits: number, random: Random): SegmentValue {
  const base = bits === 64 ? random.long() >> 17n : BigInt(random.word());
  return { ...segment, base };
}
