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
  {
    id: 'fs',
    family: 'segments',
    title: 'another segment in FS',
    clause: ({ fsGs }) => fsGs,
    after: ({ cpu }, random) => {
      cpu.segment.fs.value = moved(cpu.segment.fs.value, cpu.codeBits, random);
    },
  },
  {
    id: 'gs',
    family: 'segments',
    title: 'another segment in GS',
    clause: ({ fsGs }) => fsGs,
    after: ({ cpu }, random) => {
      cpu.segment.gs.value = moved(cpu.segment.gs.value, cpu.codeBits, random);
    },
  },
  {
    id: 'gdtr',
    family: 'segments',
    title: 'another value in GDTR',
    clause: ({ gdtr }) => gdtr,
    after: ({ cpu }, random) => {
      cpu.gdtr.base = BigInt(random.word());
      cpu.gdtr.limit = random.below(0x10000);
    },
  },
  {
    id: 'idtr',
    family: 'segments',
    title: 'another value in IDTR',
    clause: ({ idtr }) => idtr,
    after: ({ cpu }, random) => {
      cpu.idtr.base = BigInt(random.word());
      cpu.idtr.limit = random.below(0x10000);
    },
  },
];

/** Neither null nor one of those that are usual. */
const selector = (random: Random): number => (0x20 + random.below(0x1000)) << 3;

/** A data segment somewhere else. */
function moved(segment: SegmentValue, bits: number, random: Random): SegmentValue {
  const base = bits === 64 ? random.long() >> 17n : BigInt(random.word());
  return { ...segment, base };
}
