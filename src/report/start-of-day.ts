import { memoryType } from '../abi/memory-map.js';
import { CR0, CR4, EFER } from '../abi/x86/control-registers.js';
import { SEGMENT_ACCESS } from '../abi/x86/descriptors.js';
import { Bytes } from '../core/bytes.js';
import { hex } from '../core/errors.js';
import { type Field, fieldSize } from '../core/struct.js';
import type { EntryId } from '../entry/entry.js';
import type { Place } from '../entry/start/start.js';
import type { Machine } from '../machine/machine.js';
import type { Cpu } from '../machine/x86/cpu.js';
import type { Hex } from './inspection.js';

/** The state in which a boot begins: the JSON document of `zeropage boot --dry-run --json`. */
export interface StartOfDay {
  readonly schemaVersion: 1;
  readonly image: string;
  readonly entry: EntryId;
  readonly title: string;
  readonly via: 'image' | 'payload';
  readonly platform: string;
  /** RAM in MiB. */
  readonly memory: number;
  readonly commandLine: string;
  readonly registers: readonly RegisterReport[];
  readonly segments: readonly SegmentReport[];
  readonly memoryMap: readonly { readonly start: Hex; readonly size: number; readonly type: string }[];
  /** What lies in memory, lowest address first. */
  readonly places: readonly PlaceReport[];
}

export interface RegisterReport {
  readonly name: string;
  readonly value: Hex;
  /** Names of the bits that are set, or of what lies there. */
  readonly meaning: string | null;
}

export interface SegmentReport {
  readonly name: string;
  readonly selector: Hex;
  readonly base: Hex;
  readonly limit: Hex;
  /** Bits 8–23 of the second word of its descriptor. */
  readonly access: Hex;
  readonly meaning: string;
}

export interface PlaceReport {
  readonly name: string;
  readonly start: Hex;
  readonly size: number;
  /** Fields that are not zero; those of several structures one behind the other have their index before the name. */
  readonly fields: readonly FieldReport[];
}

export interface FieldReport {
  /** From the start of the place. */
  readonly offset: Hex;
  readonly name: string;
  /** Numbers as hexadecimal, other fields as pairs of digits. */
  readonly value: string;
  readonly meaning: string | null;
}

/** What stands fast about a start of day beside the machine itself. */
export type StartOfDaySubject = Pick<
  StartOfDay,
  'image' | 'entry' | 'title' | 'via' | 'platform' | 'commandLine'
>;

/** Reads the start of day back out of the machine it was laid out in. */
export function startOfDay(
  subject: StartOfDaySubject,
  machine: Machine,
  places: readonly Place[],
): StartOfDay {
  const { image, entry, title, via, platform, commandLine } = subject;
  return {
    schemaVersion: 1,
    image,
    entry,
    title,
    via,
    platform,
    memory: machine.memory.ramSize / 0x100000,
    commandLine,
    registers: registers(machine.cpu, places),
    segments: segments(machine.cpu),
    memoryMap: machine
      .memoryMap()
      .map(({ start, size, type }) => ({ start: hex(start), size, type: typeName(type) })),
    places: [...places].sort((a, b) => a.start - b.start).map((place) => placeReport(place, machine)),
  };
}

const names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

function registers(cpu: Cpu, places: readonly Place[]): RegisterReport[] {
  const pointer = (name: string, value: bigint): RegisterReport => {
    // The interrupt vectors are at 0: a register that is clear does not mean them.
    const at =
      value === 0n
        ? undefined
        : places.find(({ start, size }) => value >= BigInt(start) && value < BigInt(start + size));
    const distance = at && value - BigInt(at.start);
    const meaning = at ? `${at.name}${distance === 0n ? '' : ` + ${hex(distance!)}`}` : null;
    return { name, value: hex(value), meaning };
  };
  const bits = (name: string, value: number, meanings: Readonly<Record<string, number>>): RegisterReport => {
    const set = Object.keys(meanings).filter((key) => value & meanings[key]!);
    return { name, value: hex(value >>> 0), meaning: set.join(' ') || null };
  };
  return [
    pointer('rip', BigInt.asUintN(64, cpu.rip)),
    ...names.map((name, i) => pointer(name, cpu.gpr[i]!)),
    { name: 'rflags', value: hex(cpu.flags), meaning: null },
    bits('cr0', cpu.cr0, CR0),
    pointer('cr3', cpu.cr3),
    bits('cr4', cpu.cr4, CR4),
    bits('efer', cpu.efer, EFER),
    pointer('gdtr base', cpu.gdtr.base),
    { name: 'gdtr limit', value: hex(cpu.gdtr.limit), meaning: null },
  ];
}

function segments(cpu: Cpu): SegmentReport[] {
  const order = ['cs', 'ds', 'es', 'ss', 'fs', 'gs', 'tr'] as const;
  return order.map((name) => {
    const { selector, base, limit, access } = cpu.segment[name].value;
    const meaning = meaningOf(access);
    return {
      name,
      selector: hex(selector),
      base: hex(base),
      limit: hex(limit),
      access: hex(access),
      meaning,
    };
  });
}

function meaningOf(access: number): string {
  const { PRESENT, SEGMENT, CODE, WRITABLE, LONG, BIG } = SEGMENT_ACCESS;
  if (!(access & PRESENT)) return 'not usable';
  const type = access & 15;
  if (!(access & SEGMENT)) return type === 11 ? 'busy 32-bit TSS' : `system descriptor of type ${type}`;
  const size = access & LONG ? '64-bit' : access & BIG ? '32-bit' : '16-bit';
  if (access & CODE) return `${size} code, ${access & WRITABLE ? 'execute and read' : 'execute only'}`;
  return `${size} data, ${access & WRITABLE ? 'read and write' : 'read only'}`;
}

function typeName(type: number): string {
  const name = Object.entries(memoryType).find(([, value]) => value === type)?.[0];
  return name ?? `type ${type}`;
}

function placeReport({ name, start, size, struct }: Place, machine: Machine): PlaceReport {
  const bytes = new Bytes(machine.memory.ram(start, size), name);
  const fields: FieldReport[] = [];
  const count = struct ? Math.floor(size / struct.size) : 0;
  for (let i = 0; i < count; i++) {
    for (const [key, field] of Object.entries<Field>(struct!.fields)) {
      const offset = i * struct!.size + field.offset;
      const value = fieldValue(bytes, offset, field);
      if (value === undefined) continue;
      const name = count === 1 ? key : `[${i}].${key}`;
      fields.push({ offset: hex(offset), name, value, meaning: field.meaning ?? null });
    }
  }
  return { name, start: hex(start), size, fields };
}

/** Most bytes of a field that are shown. */
const SHOWN = 8;

/** Undefined for zero. */
function fieldValue(bytes: Bytes, offset: number, field: Field): string | undefined {
  const { type } = field;
  if (typeof type === 'string') {
    const value = bytes[type](offset);
    return value ? hex(value) : undefined;
  }
  const data = bytes.slice(offset, fieldSize(field));
  if (data.every((byte) => byte === 0)) return undefined;
  const pairs = Array.from(data.subarray(0, SHOWN), (byte) => byte.toString(16).padStart(2, '0'));
  return `${pairs.join(' ')}${data.length > SHOWN ? ' …' : ''}`;
}
