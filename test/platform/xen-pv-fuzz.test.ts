import { expect, test } from 'vitest';
import { stateHash } from '../../src/machine/state-hash.js';
import { pvHypercalls } from '../../src/platform/xen-pv/hypercalls.js';
import { Random } from '../fuzz/random.js';
import { type PvGuest, pvGuest } from './pv-guest.js';

const ROUNDS = 20_000;
const SCRATCH_PAGES = 24;
const SELF = 0x7ff0n;

/** Hypercalls that end or park the domain are called now and then only, or little else would happen. */
const rare = new Set([23, 29, 6]);
const common = pvHypercalls.map(({ number }) => number).filter((number) => !rare.has(number));

/** Values that hypercalls care about. */
function value(guest: PvGuest, random: Random): bigint {
  const page = guest.page(random.below(SCRATCH_PAGES));
  const frame = guest.domain.firstFrame + random.below(guest.domain.pages);
  switch (random.below(14)) {
    case 0:
      return page;
    case 1:
      return page + BigInt(random.below(4096));
    case 2:
      return BigInt(random.below(40));
    case 3:
      return BigInt(frame);
    case 4:
      return BigInt(frame) * 4096n + BigInt(random.below(512)) * 8n + BigInt(random.below(4));
    case 5:
      return BigInt(frame) * 4096n + BigInt(random.below(512));
    case 6:
      return BigInt(guest.domain.kernelRoot / 4096 + random.below(5));
    case 7:
      return BigInt(guest.domain.kernelRoot + random.below(4096 * 5));
    case 8:
      return SELF;
    case 9:
      return BigInt(random.next()) << BigInt(random.below(33));
    case 10:
      return 0xffff800000000000n + BigInt(random.next());
    case 11:
      return BigInt(guest.entryOf(page)) + BigInt(random.below(3));
    case 12:
      return (1n << 64n) - BigInt(random.below(10000));
    default:
      return BigInt(random.below(3));
  }
}

/** A call that has a chance: structures where they belong, operations that exist, frames that are there. */
function shaped(guest: PvGuest, random: Random): number {
  const { domain } = guest;
  const frame = (): bigint => BigInt(domain.firstFrame + guest.spare + 2 + random.below(SCRATCH_PAGES - 2));
  const table = (): bigint => BigInt(domain.kernelRoot / 4096 + random.below(8));
  const anyFrame = (): bigint => (random.oneIn(4) ? table() : frame());
  const entry = (): bigint =>
    (anyFrame() << 12n) | BigInt(random.pick([0, 1, 3, 5, 7, 0x27, 0x67, 0x107, 0x81]));
  const page = (): bigint => guest.page(2 + random.below(SCRATCH_PAGES - 2));
  switch (random.below(7)) {
    case 0: {
      const at = guest.entryOf(page());
      const words = [BigInt(at) + BigInt(random.pick([0, 0, 2])), entry()];
      const other = [(anyFrame() << 12n) + BigInt(random.below(512) * 8), entry()];
      return guest.call(1, guest.words(0, ...words, ...(random.oneIn(2) ? other : words)), 2, 0, SELF);
    }
    case 1:
      return guest.call(14, page(), random.oneIn(3) ? 0 : entry(), 2);
    case 2: {
      const words = [random.below(21), random.oneIn(5) ? table() : frame(), frame()];
      return guest.call(26, guest.words(0, ...words), 1, 0, SELF);
    }
    case 3: {
      const at = (table() << 12n) + BigInt(random.below(256) * 8);
      return guest.call(1, guest.words(0, at, (table() << 12n) | BigInt(random.pick([1, 5, 7]))), 1, 0, SELF);
    }
    case 4:
      return guest.call(
        32,
        random.below(15),
        guest.halves(0, ...Array.from({ length: 6 }, () => random.below(9))),
      );
    case 5:
      guest.words(1, frame());
      return guest.call(12, random.pick([0, 1, 6]), guest.words(0, guest.page(1), 1, 0, SELF));
    default:
      guest.words(1, frame(), frame());
      return guest.call(2, guest.page(1), random.below(1024));
  }
}

/** What must hold whatever a guest asks for; `linear` gets the kinds of linear page tables there are. */
function check({ domain, machine }: PvGuest, linear: Set<string>): string[] {
  const { frames, heap, firstFrame } = domain;
  const { memory } = machine;
  const problems: string[] = [];
  const tables = (frame: number, level: number, seen: Set<string>): void => {
    const key = `${frame}/${level}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (frames.type[frame] !== level || !frames.validated[frame] || frames.uses[frame] === 0) {
      problems.push(`frame ${frame} is used as table of level ${level}, but is not one`);
    }
    for (let i = 0; i < 512; i++) {
      if (level === 4 && i >= 256 && i < 272) {
        const own = memory.guestView.getBigUint64(frame * 4096 + i * 8, true) & ~0x60n;
        if (own !== (heap.slots[i - 256]! & ~0x60n)) problems.push(`slot ${i} of root ${frame} is not Xen's`);
        continue;
      }
      const entry = memory.guestView.getBigUint64(frame * 4096 + i * 8, true);
      if (!(entry & 1n)) continue;
      const target = Number((entry & 0xffffffffff000n) >> 12n);
      if (level > 1 && frames.type[target] === level && !(entry & 2n)) {
        // A linear page table: the other one leads nowhere like that.
        if (target !== frame && !(frames.linear[frame]! > 0 && frames.linear[target]! < 0)) {
          problems.push(`frame ${frame} leads to frame ${target} of its own level, which is not counted`);
        }
        linear.add(frame === target ? 'itself' : 'another');
        tables(target, level, seen);
      } else if (level > 1) tables(target, level - 1, seen);
      else if (target >= frames.count || frames.owner[target] === 0) {
        problems.push(`frame ${frame} maps frame ${target}, which is not the guest's`);
      } else if (entry & 2n && target >= firstFrame && frames.type[target] !== 6) {
        problems.push(`frame ${target} of type ${frames.type[target]} is mapped writable by ${frame}`);
      } else if (entry & 2n && frames.owner[target] === 3) problems.push('the table of frames is writable');
    }
  };
  const seen = new Set<string>();
  tables(domain.kernelRoot / 4096, 4, seen);
  if (domain.userRoot) tables(domain.userRoot / 4096, 4, seen);
  return problems;
}

/** The first two scratch pages as they were: shaped calls stand in them. False when that cannot be any more. */
function tidy(guest: PvGuest): boolean {
  const { domain } = guest;
  for (const [n, value] of guest.home.entries()) {
    const at = guest.entryOf(guest.page(n));
    if (at < 0) return false;
    domain.tables.update(at, Number(value & 0xffffffffn) | 0, Number(value >> 32n));
  }
  domain.frames.flush();
  return [0, 1].every((n) => domain.guest.cpu.linear.reach(guest.page(n), true) !== undefined);
}

async function play(seed: number): Promise<string[]> {
  const random = new Random(seed);
  const hashes: string[] = [];
  const linear = new Set<string>();
  let guest = await pvGuest();
  const pristine = guest.machine.memory.ram(guest.domain.heap.reservedGdt, 4096).slice();
  const close = (): void => {
    expect(check(guest, linear)).toEqual([]);
    expect(guest.machine.memory.ram(guest.domain.heap.reservedGdt, 4096)).toEqual(pristine);
    hashes.push(stateHash(guest.machine));
  };
  let done = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (!tidy(guest)) {
      // It has sawn off the branch it sat on.
      close();
      guest = await pvGuest();
    }
    if (random.oneIn(4)) {
      const words = Array.from({ length: 16 }, () => value(guest, random));
      const page = guest.page(random.below(SCRATCH_PAGES));
      guest.domain.guest.write(page, new Uint8Array(BigUint64Array.from(words).buffer));
      const number = random.oneIn(500) ? random.pick([...rare]) : random.pick(common);
      guest.call(number, ...Array.from({ length: 5 }, () => value(guest, random)));
      if (!guest.domain.kernelMode) guest.domain.toggleMode();
    } else if (shaped(guest, random) >= 0) done++;
    if (round % 1000 === 0) expect(check(guest, linear)).toEqual([]);
  }
  close();
  // Or nothing was tested.
  expect(done).toBeGreaterThan(ROUNDS / 10);
  expect([...linear]).toContain('itself');
  return hashes;
}

test('hypercalls with any arguments harm neither host nor what Xen must keep, and go the same way every time', async () => {
  const first = await play(1);
  expect(await play(1)).toEqual(first);
  expect(await play(2)).not.toEqual(first);
}, 300_000);
