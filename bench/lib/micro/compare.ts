import type { Command } from '../command.js';
import { type Rounds, summarise, turns } from '../measure.js';
import type { Comparison } from '../table.js';
import type { Benchmark } from './benchmark.js';
import { runGuest } from './run.js';

/** Times every benchmark on ours and on a peer, in boots side by side. Throws when a checksum is not always the same. */
export async function compareGuests(
  title: string,
  benchmarks: readonly Benchmark[],
  ours: Command,
  peer: Command,
  rounds: Rounds,
): Promise<Comparison[]> {
  const commands = [ours, peer];
  const names = benchmarks.map(({ name }) => name);
  const times = commands.map(() => new Map(names.map((name) => [name, [] as number[]])));
  const checksums = new Map<string, string>();
  for (const { which, counts } of turns(commands.length, rounds)) {
    const { label } = commands[which]!;
    for (const [name, { milliseconds, checksum }] of await runGuest(commands[which]!, names)) {
      const known = checksums.get(name) ?? checksum;
      if (checksum !== known)
        throw new Error(`${name} gave ${checksum} on ${label} and ${known} in another boot`);
      checksums.set(name, known);
      if (counts) times[which]!.get(name)!.push(milliseconds);
    }
  }
  const [mine, theirs] = times;
  return names.map((name) => ({
    ours: summarise(`${title} ${name}`, mine!.get(name)!),
    peer: summarise(peer.label, theirs!.get(name)!),
  }));
}
