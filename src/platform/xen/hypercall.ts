import { GPR } from '../../abi/x86/registers.js';
import { XEN_ERRNO, type XenErrno } from '../../abi/xen.js';
import type { ListedHypercall } from '../platform.js';
import type { XenDomain } from './domain.js';

/** What a hypercall answers: a negative errno, or 0 and above. */
export type Result = number | bigint;

/** A hypercall's arguments, in the order of the ABI (RDI, RSI, RDX, R10, R8, R9). */
export type Arguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** A hypercall, or one of its operations. */
export interface Operation<D extends XenDomain = XenDomain> {
  readonly number: number;
  /** As Xen's public headers have it. */
  readonly name: string;
  readonly run?: (domain: D, args: Arguments) => Result;
  readonly errno?: XenErrno;
}

export interface Hypercall<D extends XenDomain = XenDomain> extends Operation<D> {
  /** Operations, by the number in the first argument (or what `selector` finds). */
  readonly operations?: readonly Operation<D>[];
  readonly selector?: (domain: D, args: Arguments) => number;
  /** Operations that `run` tells apart itself, as of each element of an array; for listing. */
  readonly listed?: readonly Operation<D>[];
  /** What an unknown operation gets; default ENOSYS. */
  readonly unknown?: XenErrno;
}

export const implemented = <D extends XenDomain>(
  number: number,
  name: string,
  run: (domain: D, args: Arguments) => Result,
): Operation<D> => ({ number, name, run });

export const refused = (number: number, name: string, errno: XenErrno): Operation => ({
  number,
  name,
  errno,
});

export const forbidden = (number: number, name: string): Operation => ({ number, name, errno: 'EPERM' });

/** Negative errno. */
export const fail = (errno: XenErrno): number => -XEN_ERRNO[errno];

/** All hypercalls of a table and their operations, in the order of their numbers. */
export function listHypercalls<D extends XenDomain>(hypercalls: readonly Hypercall<D>[]): ListedHypercall[] {
  return hypercalls
    .map((hypercall) => listed(hypercall, hypercall.operations ?? hypercall.listed))
    .sort((a, b) => a.number - b.number);
}

function listed<D extends XenDomain>(
  { number, name, run, errno }: Operation<D>,
  operations: readonly Operation<D>[] = [],
): ListedHypercall {
  const isDone = run !== undefined || operations.length > 0;
  return {
    number,
    name,
    status: isDone ? 'implemented' : errno === 'EPERM' ? 'forbidden' : 'refused',
    errno: isDone ? null : (errno ?? 'ENOSYS'),
    operations: operations.map((operation) => listed(operation)),
  };
}

/** One call that was not carried out, for the autopsy. */
export interface Refusal {
  /** "memory_op populate_physmap". */
  readonly name: string;
  /** "ENOSYS"; a number where it has no name here. */
  readonly errno: string;
  readonly rip: bigint;
  /** What may be the return address of the wrapper around the hypercall; 0: unknown. */
  readonly caller: bigint;
  /** It stands in no table. */
  readonly unknown: boolean;
}

const kept = 32;

/**
 * The hypercalls of a platform: looks them up, runs them, and remembers what was asked for.
 * @unsaved tables, and a record of the past
 */
export class HypercallTable<D extends XenDomain> {
  readonly #byNumber = new Map<number, Hypercall<D>>();
  readonly #operations = new Map<Hypercall<D>, Map<number, Operation<D>>>();
  /** Calls made, by name. */
  readonly counts = new Map<string, number>();
  readonly refusals: Refusal[] = [];
  /** Told of each call before it is carried out. */
  onCall: ((name: string) => void) | undefined;
  /** Told when one was carried out. */
  onDone: (() => void) | undefined;

  constructor(readonly hypercalls: readonly Hypercall<D>[]) {
    for (const hypercall of hypercalls) {
      this.#byNumber.set(hypercall.number, hypercall);
      this.#operations.set(hypercall, new Map(hypercall.operations?.map((one) => [one.number, one])));
    }
  }

  call(domain: D, number: number, args: Arguments): Result {
    const hypercall = this.#byNumber.get(number);
    if (!hypercall) return this.#refuse(domain, `hypercall ${number}`, 'ENOSYS', true);
    if (!hypercall.operations) return this.#run(domain, hypercall, hypercall.name, args);
    const selected = hypercall.selector?.(domain, args) ?? Number(BigInt.asUintN(32, args[0]));
    const operation = this.#operations.get(hypercall)!.get(selected);
    if (operation) return this.#run(domain, operation, `${hypercall.name} ${operation.name}`, args);
    return this.#refuse(domain, `${hypercall.name} ${selected}`, hypercall.unknown ?? 'ENOSYS', true);
  }

  /** Counts a call, or an operation that a hypercall tells apart itself. */
  note(name: string): void {
    this.onCall?.(name);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #run(domain: D, operation: Operation<D>, name: string, args: Arguments): Result {
    if (!operation.run) return this.#refuse(domain, name, operation.errno ?? 'ENOSYS', false);
    this.note(name);
    const result = operation.run(domain, args);
    this.onDone?.();
    if (result < 0) this.#remember(domain, name, errnoName(Number(result)), false);
    return result;
  }

  #refuse(domain: D, name: string, errno: XenErrno, unknown: boolean): number {
    this.note(name);
    this.#remember(domain, name, errno, unknown);
    return fail(errno);
  }

  #remember({ machine, kind, guest }: D, name: string, errno: string, unknown: boolean): void {
    const { cpu } = machine;
    // A PV wrapper has saved RCX and R11.
    const caller = guest.readU64(cpu.gpr[GPR.RSP]! + (kind === 'pv' ? 16n : 0n)) ?? 0n;
    this.refusals.push({ name, errno, rip: BigInt.asUintN(64, cpu.rip), caller, unknown });
    if (this.refusals.length > kept) this.refusals.shift();
  }
}

function errnoName(result: number): string {
  return Object.entries(XEN_ERRNO).find(([, value]) => value === -result)?.[0] ?? `${result}`;
}
