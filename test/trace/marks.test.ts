import { describe, expect } from 'vitest';
import { chooseWay } from '../../src/boot/choose.js';
import type { BootOptions } from '../../src/boot/options.js';
import { prepare } from '../../src/boot/prepare.js';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { type Marks, returned, sourceOf, type Tracer, transfer } from '../../src/machine/engine/transfers.js';
import type { Machine } from '../../src/machine/machine.js';
import { stateHash } from '../../src/machine/state-hash.js';
import { corpusTest } from '../outside.js';

class Everywhere implements Tracer {
  /** Every 32nd byte, so that most blocks are cut. */
  readonly marks: Marks = {
    at: (_page, offset) => (offset % 32 === 0 ? 1 + offset : 0),
    next: (_page, offset) => Math.floor(offset / 32 + 1) * 32,
  };
  readonly seen = { entries: 0, links: 0, returns: 0 };
  #last = 0;

  constructor(readonly machine: Machine) {}

  begins(_block: unknown, time: number): void {
    this.#passes(time);
  }

  ended(time: number): void {
    this.#passes(time);
  }

  transfers(view: Int32Array, from: number, to: number, end: number): void {
    const size = transfer.size >> 2;
    for (let at = from; at < to; at += size) {
      const [left, , mark, link] = view.subarray(at, at + size) as unknown as [
        number,
        number,
        number,
        number,
      ];
      this.#passes(end - left);
      if (mark === returned) this.seen.returns++;
      else this.seen.entries++;
      if (mark === returned || link === 0) continue;
      this.seen.links++;
      const { site, falls } = sourceOf(this.machine.memory, link);
      // Falling leads to the place right behind.
      if (falls) expect((mark - 1 - site) & 0xfff).toBeLessThanOrEqual(15);
    }
  }

  #passes(time: number): void {
    if (time < this.#last) throw new Error(`time went from ${this.#last} to ${time}`);
    this.#last = time;
  }
}

async function machine(image: Image, options: BootOptions): Promise<Machine> {
  const way = chooseWay(image, options.entry);
  if ('verdict' in way) throw new Error(way.reason ?? '');
  return (await prepare(image, way, { memory: 128, ...options }, {})).machine;
}

describe('tracing changes nothing', () => {
  for (const [id, entry] of [
    ['debian-12-cloud-amd64', 'pvh'],
    ['debian-12-cloud-amd64', 'xen-pv'],
    ['debian-11-686-pae', 'pvh'],
  ] as const)
    for (const translate of [false, { threshold: 8 }])
      corpusTest(
        `${id} through ${entry}, ${translate ? 'translated' : 'interpreted'}: the same state at every million instructions`,
        id,
        [],
        async ({ data }) => {
          const image = await openImage(data);
          const plain = await machine(image, { entry, translate });
          const traced = await machine(image, { entry, translate, traced: true });
          const tracer = new Everywhere(traced);
          traced.cpu.engine.trace(tracer);
          for (let until = 1e6; until <= 8e6; until += 1e6) {
            expect(traced.run(until)).toBe(plain.run(until));
            expect([traced.instructions, stateHash(traced)]).toEqual([plain.instructions, stateHash(plain)]);
          }
          expect(Math.min(...Object.values(tracer.seen))).toBeGreaterThan(1000);
        },
        300_000,
      );
});
