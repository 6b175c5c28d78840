import { EFER } from '../abi/x86/control-registers.js';
import { VECTOR } from '../abi/x86/vectors.js';
import { hex } from '../core/errors.js';
import type { Image } from '../image/image.js';
import type { Machine } from '../machine/machine.js';
import type { PlatformInstance } from '../platform/platform.js';
import { advise } from './advice.js';
import { type Cause, type CauseKind, type EmptyMemory, findCause } from './cause.js';
import { excerpt, lastWords } from './console-findings.js';
import { decodeAt, longestInstruction } from './decode.js';
import { exceptionName } from './exception-names.js';
import { type CodeLine, codeLine, explainFault, type Fault, type StackEntry, stackEntries } from './fault.js';
import { type FlightRecorder, peekUpTo } from './flight-recorder.js';
import { logText, readKernelLog } from './kernel-log.js';
import { KernelMap } from './kernel-map.js';
import { msrName } from './msr-names.js';
import { scanStack } from './stack.js';

/** Why a boot ended, as JSON; addresses and values are 0x-hex strings. */
export interface Autopsy {
  readonly kind: CauseKind;
  /** Why, in one sentence without a full stop. */
  readonly cause: string;
  /** Instructions retired until then. */
  readonly instruction: number;
  readonly rip: string;
  readonly function: string | null;
  /** Privilege and mode: "kernel, 64-bit". */
  readonly mode: string;
  /** The instruction at RIP, where it can be read. */
  readonly code: CodeLine | null;
  /** The exception to blame, with the page-table walk of its address. */
  readonly fault: Fault | null;
  /** How a triple fault came about: exceptions that could not be delivered, the first one first. */
  readonly chain: readonly string[];
  /** Return addresses on the kernel's stack and exceptions in between, innermost first. */
  readonly stack: readonly StackEntry[];
  /** Functions that ran for the first time last before the trouble began, latest last. */
  readonly lastFunctions: readonly { readonly instruction: number; readonly function: string }[];
  /** Functions the processor was seen in while the boot made no progress. */
  readonly loop: readonly string[];
  /** The last exceptions, latest last; a fault that the kernel handled is nothing unusual. */
  readonly exceptions: readonly {
    readonly instruction: number;
    readonly name: string;
    readonly rip: string;
    readonly function: string | null;
    readonly errorCode: string | null;
    readonly address: string | null;
  }[];
  /** The last lines on the console. */
  readonly console: readonly string[];
  /** All lines of the kernel's own log buffer; it has them before a console is up, too. */
  readonly log: readonly string[];
  readonly ports: readonly {
    readonly write: boolean;
    readonly port: string;
    readonly bits: number;
    readonly value: string;
    /** How often in a row. */
    readonly count: number;
    /** Who answers; absent where nobody does. */
    readonly device: string | null;
  }[];
  readonly msrs: readonly {
    readonly write: boolean;
    readonly index: string;
    readonly name: string | null;
    readonly value: string;
    /** It raised #GP. */
    readonly refused: boolean;
    readonly function: string | null;
  }[];
  /** The last hypercalls that were refused, on a platform that has any. */
  readonly hypercalls: readonly {
    /** "memory_op populate_physmap"; by number where Xen has none of that number. */
    readonly name: string;
    readonly errno: string;
    /** It stands in no table of ours. */
    readonly unknown: boolean;
    readonly function: string | null;
  }[];
  readonly registers: Readonly<Record<string, string>>;
  /** What to try. */
  readonly advice: readonly string[];
}

const registerNames = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const segmentNames = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const;

const kept = {
  console: 12,
  functions: 16,
  exceptions: 8,
  ports: 8,
  msrs: 8,
  hypercalls: 12,
} as const;
/** Enough to find a panic and the complaint before its register dump. */
const logSearched = 200;

/** How the boot ended, and what is known about the guest. */
export interface End {
  /** Why `run` returned, or 'stuck' or 'empty-memory'. */
  readonly stop: string;
  /** All that was printed. */
  readonly console: string;
  readonly platform?: PlatformInstance;
  /** The guest is a Linux kernel. */
  readonly linux?: boolean;
  /** It is known that init did not run. */
  readonly beforeInit?: boolean;
  /** Where it ran into memory of zeros. */
  readonly empty?: EmptyMemory;
}

/** Looks at a machine that stopped before it got where it should, and says why. Changes nothing in it. */
export function performAutopsy(
  machine: Machine,
  image: Image,
  recorder: FlightRecorder,
  { stop, console, platform, linux = false, beforeInit = false, empty }: End,
): Autopsy {
  const { cpu } = machine;
  const map = new KernelMap(image, machine, recorder);
  const where = (address: bigint): string => map.name(address) ?? hex(address);
  const rip = here(machine);
  const printed = console.split(/\r?\n/).filter((line) => line !== '');
  const log = readKernelLog(map).map(logText);
  const stack = scanStack(machine, map, recorder);
  const loop = loopFunctions(recorder, map);
  const onConsole = lastWords(printed.slice(-logSearched));
  const inLog = lastWords(log.slice(-logSearched));
  const words = { ...inLog, ...defined(onConsole) };
  const cause = findCause({
    machine,
    recorder,
    stop,
    words,
    stack,
    rip,
    where,
    loop,
    beforeInit,
    empty,
    kernelStart: map.place?.physicalStart,
    explain: (delivery) => explainFault(machine, delivery, map, recorder),
  });
  const bytes = peekUpTo(cpu, rip, longestInstruction);
  const instruction = decodeAt(machine, bytes, rip, cpu.codeBits);
  return {
    kind: cause.kind,
    cause: cause.sentence,
    instruction: machine.instructions,
    rip: hex(rip),
    function: map.name(rip) ?? null,
    mode: modeText(machine),
    code: codeLine(bytes, instruction, map),
    fault: cause.fault ?? null,
    chain: cause.chain,
    stack: stackEntries(stack),
    lastFunctions: lastFunctions(recorder, map, cause),
    loop: cause.kind === 'stuck' || cause.kind === 'budget' ? loop : [],
    exceptions: recorder.deliveries.slice(-kept.exceptions).map((delivery) => ({
      instruction: delivery.instruction,
      name: exceptionName(delivery.vector),
      rip: hex(delivery.rip),
      function: map.name(delivery.rip) ?? null,
      errorCode: delivery.errorCode === undefined ? null : hex(delivery.errorCode),
      address: delivery.vector === VECTOR.PF ? hex(delivery.cr2) : null,
    })),
    console: excerpt(printed, kept.console),
    log,
    ports: portAccesses(machine),
    msrs: cpu.lastMsrs.slice(-kept.msrs).map(({ index, write, value, refused, rip: at }) => {
      // It has the address of its block, so the offset says nothing.
      const function_ = map.functionName(BigInt.asUintN(64, at));
      const name = msrName(index);
      return {
        write,
        index: hex(index),
        name: name ?? null,
        value: hex(value),
        refused,
        function: function_ ?? null,
      };
    }),
    hypercalls: (platform?.hypercalls?.refusals ?? []).slice(-kept.hypercalls).map((refusal) => ({
      name: refusal.name,
      errno: refusal.errno,
      unknown: refusal.unknown,
      // The wrapper that every call goes through says nothing.
      function: map.functionName(refusal.caller) ?? map.functionName(refusal.rip) ?? null,
    })),
    registers: registersOf(machine),
    advice: advise({
      cause,
      stop,
      linux,
      words,
      console: printed,
      log,
      lines: [...log, ...printed],
      isBusy: !cpu.halted,
    }),
  };
}

/** Only the members that are there. */
function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Where the processor is; of one that halted, the HLT. */
function here({ cpu }: Machine): bigint {
  const rip = BigInt.asUintN(64, cpu.rip);
  return cpu.halted && cpu.linear.peek(rip - 1n, 1)?.[0] === HLT ? rip - 1n : rip;
}

const HLT = 0xf4;

function modeText({ cpu }: Machine): string {
  const who = cpu.userMode ? 'program' : 'kernel';
  const bits = cpu.realOrVm ? 'real mode' : `${cpu.codeBits}-bit`;
  const paging = cpu.cr0 < 0 ? '' : ', paging off';
  const compatible = cpu.codeBits !== 64 && cpu.efer & EFER.LMA ? ' (compatibility mode)' : '';
  return `${who}, ${bits}${compatible}${paging}`;
}

function registersOf({ cpu }: Machine): Record<string, string> {
  const wide = cpu.codeBits === 64;
  const letter = wide ? 'r' : 'e';
  const bits = wide ? 64 : 32;
  const registers: Record<string, string> = {
    [`${letter}ip`]: hex(BigInt.asUintN(bits, cpu.rip)),
    [`${letter}flags`]: hex(cpu.flags),
  };
  for (const [i, name] of registerNames.entries()) registers[`${letter}${name}`] = hex(cpu.readGpr(i, bits));
  if (wide) for (let i = 8; i < 16; i++) registers[`r${i}`] = hex(cpu.gpr[i]!);
  for (const name of segmentNames) registers[name] = hex(cpu.segment[name].selector);
  return Object.assign(registers, {
    cr0: hex(cpu.cr0 >>> 0),
    cr2: hex(cpu.cr2),
    cr3: hex(cpu.cr3),
    cr4: hex(cpu.cr4 >>> 0),
    efer: hex(cpu.efer >>> 0),
    gdtr: `${hex(cpu.gdtr.base)} limit ${hex(cpu.gdtr.limit)}`,
    idtr: `${hex(cpu.idtr.base)} limit ${hex(cpu.idtr.limit)}`,
  });
}

/**
 * Each function once, where code of it last ran for the first time. What a kernel does about its trouble is left away:
 * it would push out what led there.
 */
function lastFunctions(
  recorder: FlightRecorder,
  map: KernelMap,
  { kind, fault }: Cause,
): Autopsy['lastFunctions'] {
  const found = new Map<string, number>();
  const end = fault?.instruction ?? Number.POSITIVE_INFINITY;
  const blamed = fault?.function?.replace(/\+0x[0-9a-f]+$/, '');
  for (const { pc, user, instruction } of recorder.firstRuns) {
    const name = user ? 'a program' : (map.functionName(pc) ?? hex(pc));
    // The handler begins with the count the fault happened at.
    if (instruction > end || (instruction === end && found.size > 0 && name !== blamed)) break;
    if (kind === 'panic' && panicFunctions.has(name)) break;
    // A map keeps the order in which its keys came.
    found.delete(name);
    found.set(name, instruction);
  }
  return [...found].slice(-kept.functions).map(([name, instruction]) => ({ instruction, function: name }));
}

const panicFunctions = new Set(['panic', 'vpanic']);

function loopFunctions(recorder: FlightRecorder, map: KernelMap): string[] {
  const names = recorder.samples.map(({ rip, user }) =>
    user ? 'a program' : (map.functionName(rip) ?? hex(rip)),
  );
  return [...new Set(names)].slice(-6);
}

function portAccesses({ chipset: { bus } }: Machine): Autopsy['ports'] {
  return bus
    .lastPortAccesses()
    .slice(-kept.ports)
    .map(({ port, size, value, write, count }) => {
      const device = bus.devices.find(({ ports }) =>
        ports?.some(({ first, count: many }) => port >= first && port < first + many),
      )?.id;
      return { write, port: hex(port), bits: size * 8, value: hex(value), count, device: device ?? null };
    });
}
