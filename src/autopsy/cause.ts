import { VECTOR } from '../abi/x86/vectors.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';
import type { LastWords } from './console-findings.js';
import { exceptionMeaning, exceptionName } from './exception-names.js';
import type { Fault } from './fault.js';
import type { Delivery, FlightRecorder } from './flight-recorder.js';
import type { StackFrame } from './stack.js';
import { undeliverable } from './undeliverable.js';

/** In which way a boot ended. */
export type CauseKind =
  /** The processor shut down: an exception, and none of its handlers could be reached. */
  | 'triple-fault'
  /** The kernel's early handler could do nothing about an exception, and halted. */
  | 'early-exception'
  | 'panic'
  /** HLT with interrupts off. */
  | 'halt'
  /** The same code over and over. */
  | 'stuck'
  /** Memory of zeros, executed. */
  | 'empty-memory'
  | 'budget'
  | 'power-off'
  /** The guest ended the machine with an exit status. */
  | 'exit'
  | 'reset'
  /** The kernel told its hypervisor that it had crashed. */
  | 'crash'
  /** Its hypervisor would not go on with it. */
  | 'killed'
  | 'stopped';

/** Where a guest ran into memory of zeros. */
export interface EmptyMemory {
  /** Linear address of the first of them. */
  readonly address: bigint;
  /** Instructions retired before it. */
  readonly instruction: number;
}

/** All that a cause is found from. */
export interface Evidence {
  readonly machine: Machine;
  readonly recorder: FlightRecorder;
  readonly stop: string;
  readonly words: LastWords;
  /** As it is now. */
  readonly stack: readonly StackFrame[];
  /** Where the processor is; of one that halted, the HLT. */
  readonly rip: bigint;
  /** Names the code at an address; hexadecimal where it has no name. */
  readonly where: (address: bigint) => string;
  /** Functions the processor was seen in while nothing new happened. */
  readonly loop: readonly string[];
  /** It is known that init did not run. */
  readonly beforeInit: boolean;
  readonly empty?: EmptyMemory;
  /** Where the kernel's image begins in physical memory. */
  readonly kernelStart?: bigint;
  readonly explain: (delivery: Delivery) => Fault;
}

export interface Cause {
  readonly kind: CauseKind;
  /** One sentence, without a full stop. */
  readonly sentence: string;
  /** The exception to blame. */
  readonly fault?: Fault;
  /** Exceptions raised while the one before could not be delivered, the fault first; empty unless it was a triple fault. */
  readonly chain: readonly string[];
}

/** Signals by the exceptions that raise them, for init's exit code. */
const signals: Readonly<Record<number, readonly [name: string, vectors: readonly number[]]>> = {
  4: ['SIGILL', [6]],
  5: ['SIGTRAP', [1, 3]],
  6: ['SIGABRT', []],
  7: ['SIGBUS', [17, 14]],
  8: ['SIGFPE', [0, 16, 19]],
  9: ['SIGKILL', []],
  11: ['SIGSEGV', [14, 13, 12]],
};

/** Why the boot ended, from the strongest evidence to the weakest. */
export function findCause(evidence: Evidence): Cause {
  const { stop, words } = evidence;
  if (stop === 'shutdown') return tripleFault(evidence);
  if (stop === 'empty-memory') return emptyMemory(evidence);
  if (words.panic !== undefined) return panic(evidence, words.panic);
  if (words.xenPanic !== undefined)
    return { kind: 'panic', sentence: `Xen panic: ${words.xenPanic}`, chain: [] };
  if (stop === 'dead-halt' || stop === 'stuck') {
    const early = earlyException(evidence);
    if (early) return early;
  }
  const plain = (kind: CauseKind, sentence: string): Cause => ({ kind, sentence, chain: [] });
  switch (stop) {
    case 'dead-halt':
      return plain('halt', halted(evidence));
    case 'stuck':
      return plain('stuck', stuck(evidence));
    case 'budget':
      return plain('budget', budget(evidence));
    case 'power-off':
      return plain('power-off', `the guest switched the power off${early(evidence)}${saying(words.goodbye)}`);
    case 'exit':
      return plain('exit', `the guest ended the machine with exit status ${evidence.machine.exitStatus}`);
    case 'reset':
      return plain('reset', reset(evidence));
    case 'crash':
      return plain('crash', `the kernel told its hypervisor that it had crashed${saying(words.goodbye)}`);
    case 'killed':
      return killed(evidence);
    default:
      return plain('stopped', 'the machine was stopped from outside');
  }
}

const early = ({ beforeInit }: Evidence): string => (beforeInit ? ' before init ran' : '');
const saying = (text: string | undefined): string => (text ? `; it said "${text}"` : '');

/** "#PF in memcpy+0x1a at 'mov (%rax),%rbx', reading 0x0: …". */
function faultText(fault: Fault): string {
  let where = fault.function ? `in ${fault.function}` : `at ${fault.rip}`;
  if (fault.user) where = `in a program at ${fault.rip}`;
  // Code went astray: who sent it there has left a return address.
  else if (!fault.function && fault.stack[0]) where += `, called from ${fault.stack[0].function}`;
  const code = fault.code && fault.code.text !== '(bad)' ? ` at '${fault.code.text}'` : '';
  const reason = fault.reason ? `, ${fault.reason}` : ` (${exceptionMeaning(vectorOf(fault))})`;
  return `${fault.name} ${where}${code}${reason}`;
}

function vectorOf({ name }: Fault): number {
  for (let vector = 0; vector < 32; vector++) if (exceptionName(vector) === name) return vector;
  return -1;
}

/** The exceptions that followed one another without an instruction in between, first one first. */
function chainOf({ deliveries }: FlightRecorder): Delivery[] {
  const last = deliveries.at(-1);
  if (!last) return [];
  let first = deliveries.length - 1;
  while (first > 0) {
    const before = deliveries[first - 1]!;
    // A handler that faults at its first instruction retires none either, but it stands elsewhere; INT n returns behind.
    const isSamePlace = before.rip === last.rip || before.kind === 'software';
    if (before.instruction !== last.instruction || !isSamePlace || before.vector === VECTOR.DF) break;
    first--;
  }
  return deliveries.slice(first);
}

function tripleFault(evidence: Evidence): Cause {
  const { machine, recorder, explain, words } = evidence;
  const chain = chainOf(recorder);
  const first = chain[0];
  if (!first)
    return { kind: 'triple-fault', sentence: 'triple fault, and nothing is known about it', chain: [] };
  const fault = explain(first);
  const why = chain.map(({ vector }) => undeliverable(machine, vector)).find(Boolean);
  const unheard = why ? `; no handler could run: ${why}` : '; no handler could run';
  const names = chain.map(({ vector }) => exceptionName(vector));
  // Linux resets a machine by an interrupt under an empty IDT, when nothing else helps.
  if (first.kind === 'software' || first.vector === VECTOR.BP) {
    if (words.panic !== undefined) return { ...panic(evidence, words.panic), chain: names };
    return {
      kind: 'reset',
      sentence: 'the kernel reset the machine by a triple fault on purpose',
      fault,
      chain: names,
    };
  }
  const said = words.panic === undefined ? '' : `kernel panic: ${words.panic}; then a `;
  return {
    kind: 'triple-fault',
    sentence: `${said}triple fault: ${faultText(fault)}${unheard}`,
    fault,
    chain: names,
  };
}

/** The exception whose frame is on the stack, innermost first: it is being handled. */
function onStack({ recorder, stack, explain }: Evidence): Fault | undefined {
  const frame = stack.find(({ exception }) => exception);
  const delivery = frame && recorder.deliveries.findLast(({ rip }) => rip === frame.address);
  return delivery && explain(delivery);
}

/** The exception that the kernel's complaint names the place of. */
function complainedOf({ recorder, words, where, explain }: Evidence): Fault | undefined {
  if (!words.complaint || !words.rip) return undefined;
  const delivery = recorder.deliveries.findLast(({ rip, user }) => !user && where(rip) === words.rip);
  return delivery && explain(delivery);
}

function panic(evidence: Evidence, reason: string): Cause {
  const { recorder, explain, words } = evidence;
  const exit = /Attempted to kill init! exitcode=(0x[0-9a-f]+)/.exec(reason);
  if (exit) {
    const status = Number(exit[1]);
    const signal = signals[status & 0x7f];
    if ((status & 0x7f) === 0) {
      const sentence = `kernel panic: init ended with status ${status >> 8}; it must never end`;
      return { kind: 'panic', sentence, chain: [] };
    }
    const oops = signal?.[0] === 'SIGKILL' ? complainedOf(evidence) : undefined;
    if (oops) {
      const sentence = `kernel panic: an oops killed init: ${faultText(oops)}`;
      return { kind: 'panic', sentence, fault: oops, chain: [] };
    }
    const delivery = recorder.deliveries.findLast(({ user, vector }) => user && signal?.[1].includes(vector));
    const fault = delivery && explain(delivery);
    const name = signal?.[0] ?? `signal ${status & 0x7f}`;
    const detail = fault ? `: ${faultText(fault)}` : '';
    return { kind: 'panic', sentence: `kernel panic: init was killed by ${name}${detail}`, fault, chain: [] };
  }
  const fault = onStack(evidence) ?? complainedOf(evidence);
  const detail = fault ? faultText(fault) : words.complaint;
  return {
    kind: 'panic',
    sentence: `kernel panic: ${reason}${detail ? `; ${detail}` : ''}`,
    fault,
    chain: [],
  };
}

/** early_fixup_exception() prints what nobody hears before a console is up, and halts. */
function earlyException(evidence: Evidence): Cause | undefined {
  const { stack, words, recorder, explain } = evidence;
  const handler = stack.find(({ name }) =>
    /^(early_fixup_exception|early_idt_handler|do_early_exception)/.test(name),
  );
  if (!handler && !words.earlyException) return undefined;
  const latest = recorder.deliveries.at(-1);
  const fault = onStack(evidence) ?? (latest && explain(latest));
  if (!fault) return undefined;
  const { complaint } = words;
  return {
    kind: 'early-exception',
    sentence: `an exception before the kernel could handle any: ${faultText(fault)}${saying(complaint)}; it halted in early_fixup_exception`,
    fault,
    chain: [],
  };
}

/** The exception that the guest has no handler of, if that is why, came last. */
function killed({ machine, recorder, where, rip, explain }: Evidence): Cause {
  const last = recorder.deliveries.at(-1);
  return {
    kind: 'killed',
    sentence: `Xen ended the domain in ${where(rip)}: ${machine.endReason ?? 'nobody said why'}`,
    fault: last?.rip === rip ? explain(last) : undefined,
    chain: [],
  };
}

function halted({ machine, words, rip, where }: Evidence): string {
  const place = where(rip);
  if (machine.endReason) return `${machine.endReason} in ${place}${saying(words.goodbye)}`;
  if (words.decompressor) return `the decompressor gave up: ${words.decompressor}`;
  return `the processor halted with interrupts off in ${place}, so nothing can wake it${saying(words.goodbye)}`;
}

/** Interrupts that programs ask a BIOS of a PC for something by. */
const biosCalls = { first: 0x10, last: 0x1f } as const;

function emptyMemory(evidence: Evidence): Cause {
  const { recorder, empty, where } = evidence;
  const { cpu } = evidence.machine;
  const { address, instruction } = empty!;
  const mode = cpu.realOrVm ? 'in real mode' : `as ${cpu.codeBits}-bit code`;
  const sentence = `the guest ran into empty memory at ${hex(address)} ${mode}: nothing but zeros`;
  const plain = (why: string): Cause => ({ kind: 'empty-memory', sentence: `${sentence}${why}`, chain: [] });
  const delivery = recorder.deliveries.findLast((one) => Math.abs(one.instruction - instruction) <= 1);
  if (delivery && cpu.realOrVm) {
    const { vector, rip } = delivery;
    const isBios = vector >= biosCalls.first && vector <= biosCalls.last;
    const nobody = isBios ? 'there is no BIOS that would answer it' : 'its vector was never set';
    return plain(`; INT ${hex(vector)} led there from ${where(rip)}: ${nobody}`);
  }
  const first = recorder.firstRuns.findIndex(({ pc }) => pc === address);
  const before = recorder.firstRuns[first - 1];
  return plain(before ? `; the last new code before it was in ${where(before.pc)}` : '');
}

/** What the first code of x86-64 Linux demands of the place it lies at (PMD_SIZE). */
const kernelAlignment = 0x200000n;

function stuck({ recorder, machine, loop, where, rip, kernelStart = 0n }: Evidence): string {
  // Linux __startup_64(), "Is the address not 2M aligned?"
  if (loop.length === 1 && loop[0] === '__startup_64' && kernelStart % kernelAlignment !== 0n)
    return `__startup_64 loops for ever because the kernel lies at ${hex(kernelStart)}, not a multiple of 2 MiB`;
  const still = giga(machine.instructions - recorder.lastFirstRun);
  const place = loop.length ? loop.join(', ') : where(rip);
  return `stuck in a loop in ${place}: no new code ran for ${still} instructions${polling(machine)}`;
}

function budget({ recorder, machine, where, loop, rip }: Evidence): string {
  const { cpu } = machine;
  const spent = `the budget of ${giga(cpu.now)} instructions ran out`;
  const place = where(rip);
  if (cpu.halted) return `${spent} while the processor was idle in ${place}, waiting for an interrupt`;
  const quiet = machine.instructions - recorder.lastFirstRun;
  if (quiet < 50e6) return `${spent} in ${place}, while the boot was still making progress`;
  const seen = loop.length > 1 ? loop.join(', ') : place;
  return `${spent} in ${seen}; no new code ran for the last ${giga(quiet)}${polling(machine)}`;
}

/** Reads of one port with one value, over and over. */
const oftenRead = 1000;

/** A loop that waits for a device. */
function polling({ chipset: { bus } }: Machine): string {
  const last = bus.lastPortAccesses().at(-1);
  if (!last || last.write || last.count < oftenRead) return '';
  const { port, value } = last;
  const owner = bus.devices.find(({ ports }) =>
    ports?.some(({ first, count }) => port >= first && port < first + count),
  );
  return `; it polls port ${hex(port)}, where ${owner ? `${owner.id} always says ${hex(value)}` : 'no device answers'}`;
}

/** Ports that reset a PC. */
const resetPorts: Readonly<Record<number, string>> = {
  0x64: 'the keyboard controller',
  0x92: 'system control port A',
  0xcf9: 'the reset control register',
};

function reset(evidence: Evidence): string {
  const { machine, words, where, rip } = evidence;
  const access = machine.chipset.bus.lastPortAccesses().findLast(({ write }) => write);
  const through = access && resetPorts[access.port];
  const port = through ? ` through ${through} (port ${hex(access.port)})` : '';
  const place = where(rip);
  return `the guest reset the machine${port} in ${place}${early(evidence)}${saying(words.goodbye)}`;
}

/** 3 000 000 000 as "3.0 G". */
function giga(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} G`;
  return count >= 1e6 ? `${Math.round(count / 1e6)} M` : `${count}`;
}
