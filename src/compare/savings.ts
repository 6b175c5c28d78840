import type { RecordedPlace } from '../trace/learned/row.js';
import type { ChainLink, Savings, Share, StubSummary } from './comparison.js';
import type { Path } from './path.js';
import { beginOtherwise, type Chains, meetingLink } from './stub-end.js';

/** What a hypervisor type and a pointer to data would say: structures of the start of day, and the leaves of hypervisors. */
const wouldBeSaid = /^(boot_params|hvm_|start_info|shared_info|multiboot|loader) ?|^cpuid 0x4000/;

/**
 * What paths do before they meet another one, and what of that one entry with a hypervisor type and a data pointer would be told.
 * Chains and paths in the same order.
 */
export function savingsOf(paths: readonly Path[], chains: Chains): Savings {
  const stubs = paths.flatMap((path) => {
    const chain = chains.get(path);
    // Where all begin alike nothing shows where the stub ends.
    return chain && beginOtherwise(chain, chains).length > 0 ? [stubOf(path, chain, chains)] : [];
  });
  const unique = (share: (stub: StubSummary) => Share): Share => merged(stubs.map(share));
  return {
    stubs,
    forOne: { told: unique(({ asks }) => asks), shared: unique(({ same }) => same) },
    forSeveral: {
      stays: unique(({ own }) => own),
      free: stubs.filter(({ instructions }) => instructions === 0).map(({ path }) => path),
    },
  };
}

function stubOf(path: Path, chain: readonly ChainLink[], chains: Chains): StubSummary {
  const others = beginOtherwise(chain, chains);
  const meets = meetingLink(chain, chains);
  const end = chain[meets]?.instruction ?? Number.POSITIVE_INFINITY;
  const { functions, learned } = path.recording;
  const rows = [...path.runs.values()].filter(
    ({ row, entered }) => entered !== undefined && entered < end && functions.size[row]! > 0,
  );
  const names = new Set(path.before);
  const sizes = new Map(
    rows
      .filter(({ row }) => names.has(functions.name[row]!))
      .map(({ row }) => [functions.name[row]!, functions.size[row]!]),
  );
  const asking = new Set(
    learned
      .filter(({ source, field, instruction }) => instruction < end && wouldBeSaid.test(`${source} ${field}`))
      .flatMap((row) => asker(row, row.callers, path, sizes)),
  );
  const isOthers = (name: string): boolean => others.some((other) => other.before.includes(name));
  const share = (takes: (name: string) => boolean): Share =>
    shareOf([...sizes].filter(([name]) => takes(name)));
  return {
    path: path.name,
    meets: chain[meets]?.function ?? null,
    instructions: chain[meets] ? end - chain[0]!.instruction : 0,
    functions: sizes.size,
    bytes: sum(sizes.values()),
    asks: share((name) => asking.has(name)),
    same: share((name) => !asking.has(name) && isOthers(name)),
    own: share((name) => !asking.has(name) && !isOthers(name)),
  };
}

/** Who wanted to know: the function itself, or the nearest caller where that runs elsewhere too. */
function asker(
  row: RecordedPlace,
  callers: readonly RecordedPlace[],
  { recording }: Path,
  stub: ReadonlyMap<string, number>,
): string[] {
  const names = [row, ...callers].map(({ function: each }) => recording.functions.name[each]!);
  // A helper that executes CPUID asks for whoever called it.
  const wanted = names.find((name) => stub.has(name) && !/cpuid|hypercall|memcpy|str/.test(name));
  return wanted === undefined ? [] : [wanted];
}

function merged(shares: readonly Share[]): Share {
  return shareOf([...new Map(shares.flatMap(({ sizes }) => Object.entries(sizes)))]);
}

function shareOf(sizes: readonly (readonly [string, number])[]): Share {
  return { bytes: sum(sizes.map(([, size]) => size)), sizes: Object.fromEntries(sizes) };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
