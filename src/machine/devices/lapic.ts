import { MSR, X2APIC_MSR } from '../../abi/x86/msr.js';
import type { AccessSize, Device, MmioRange } from '../bus.js';
import type { Clock } from '../clock.js';
import { LapicTimer } from './lapic-timer.js';

export const lapicAddress = 0xfee00000;

const baseMsr = { bootstrap: 0x100, x2apic: 0x400, enable: 0x800 } as const;

/** Register numbers: the MMIO offset / 16 and the MSR index − 800 (SDM volume 3, table 11-6). */
const register = {
  id: 0x02,
  version: 0x03,
  taskPriority: 0x08,
  arbitrationPriority: 0x09,
  processorPriority: 0x0a,
  endOfInterrupt: 0x0b,
  remoteRead: 0x0c,
  logicalDestination: 0x0d,
  destinationFormat: 0x0e,
  spurious: 0x0f,
  inService: 0x10,
  triggerMode: 0x18,
  request: 0x20,
  errorStatus: 0x28,
  command: 0x30,
  commandHigh: 0x31,
  lvtTimer: 0x32,
  lvtThermal: 0x33,
  lvtPerformance: 0x34,
  lvtLint0: 0x35,
  lvtLint1: 0x36,
  lvtError: 0x37,
  initialCount: 0x38,
  currentCount: 0x39,
  divide: 0x3e,
  selfIpi: 0x3f,
} as const;

const lvt = { masked: 0x10000, level: 0x8000, modeMask: 0x700, extInt: 0x700, nmi: 0x400 } as const;
/** Bits software can set in each LVT entry, timer first. */
const lvtWritable = [0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff] as const;
const lvtCount = 6;

const softwareEnable = 0x100;
const errors = { sendIllegalVector: 0x20, receivedIllegalVector: 0x40 } as const;

/** Version 14h, as integrated APICs have; highest LVT entry 5. */
const version = 0x14 | ((lvtCount - 1) << 16);

/** Delivery modes of ICR and I/O APIC entries. */
export const deliveryMode = {
  fixed: 0,
  lowestPriority: 1,
  smi: 2,
  nmi: 4,
  init: 5,
  startup: 6,
  extInt: 7,
} as const;

/** A 256-bit vector register. */
class Vectors {
  readonly words = new Uint32Array(8);

  has(vector: number): boolean {
    return (this.words[vector >> 5]! & (1 << (vector & 31))) !== 0;
  }

  set(vector: number): void {
    this.words[vector >> 5]! |= 1 << (vector & 31);
  }

  clear(vector: number): void {
    this.words[vector >> 5]! &= ~(1 << (vector & 31));
  }

  /** The highest vector in it, -1 when empty. */
  highest(): number {
    for (let word = 7; word >= 0; word--) {
      const bits = this.words[word]!;
      if (bits !== 0) return word * 32 + 31 - Math.clz32(bits);
    }
    return -1;
  }
}

/**
 * The local APIC of a single-processor machine (SDM volume 3, chapter 11), as xAPIC at FEE00000 and as x2APIC
 * through MSRs. IPIs reach this processor only; NMI, SMI, INIT and startup messages are handed to `onMessage`, whether the
 * APIC is enabled by software or not (SDM 11.4.7.2).
 * The MMIO window does not move: a write to IA32_APIC_BASE with another address is refused with #GP.
 */
export class LocalApic implements Device {
  readonly id = 'lapic';
  readonly mmio: readonly MmioRange[] = [{ start: lapicAddress, size: 0x1000 }];
  /** Called when `pending()` may have changed. @unsaved wiring */
  onChange: () => void = () => {};
  /** Called with the vector when a level-triggered interrupt ends, for the I/O APIC. @unsaved wiring */
  onEndOfInterrupt: (vector: number) => void = () => {};
  /** Called for messages to this processor that are not ordinary interrupts: IPIs, the I/O APIC's, LINT1's. @unsaved wiring */
  onMessage: (mode: number, vector: number) => void = () => {};

  readonly #timer: LapicTimer;
  #base = BigInt(lapicAddress);
  readonly #isr = new Vectors();
  readonly #tmr = new Vectors();
  readonly #irr = new Vectors();
  #taskPriority = 0;
  #logicalDestination = 0;
  #destinationFormat = 0xffffffff;
  #spurious = 0xff;
  #errorStatus = 0;
  #newErrors = 0;
  #command = 0;
  #commandHigh = 0;
  readonly #lvt = new Uint32Array(lvtCount).fill(lvt.masked);

  /** `apicId`: the initial APIC ID. */
  constructor(
    clock: Clock,
    readonly apicId = 0,
  ) {
    this.#timer = new LapicTimer(clock, () => this.deliver(this.#lvt[0]! & 0xff, false));
    this.#base |= BigInt(baseMsr.enable | baseMsr.bootstrap);
  }

  /** As firmware leaves it for a guest that knows only the 8259: LINT0 passes its interrupts through (MP spec 3.6.2.2), in SeaBIOS' very words. */
  setVirtualWire(): void {
    this.#spurious = softwareEnable | 0xff;
    this.#lvt[register.lvtLint0 - register.lvtTimer] = lvt.level | lvt.extInt;
    this.#lvt[register.lvtLint1 - register.lvtTimer] = lvt.level | lvt.nmi;
  }

  /** CPUID.1:EDX.APIC shows this. */
  get enabled(): boolean {
    return (this.#base & BigInt(baseMsr.enable)) !== 0n;
  }

  get #x2apic(): boolean {
    return (this.#base & BigInt(baseMsr.x2apic)) !== 0n;
  }

  /** An 8259 on LINT0 gets through to the processor. */
  get acceptsExtInt(): boolean {
    if (!this.enabled) return true;
    return (this.#lvt[register.lvtLint0 - register.lvtTimer]! & (lvt.masked | lvt.modeMask)) === lvt.extInt;
  }

  /** CR8: bits 7–4 of the task priority. */
  get cr8(): number {
    return this.#taskPriority >> 4;
  }

  set cr8(value: number) {
    this.#taskPriority = (value & 15) << 4;
    this.onChange();
  }

  /** Guest TSC − clock, in ticks; set when the guest writes IA32_TIME_STAMP_COUNTER or IA32_TSC_ADJUST. */
  get tscOffset(): bigint {
    return this.#timer.tscOffset;
  }

  set tscOffset(value: bigint) {
    this.#timer.tscOffset = value;
  }

  // Interrupts

  /** An interrupt message arrives; false when it is not accepted. */
  deliver(vector: number, level: boolean): boolean {
    if (!this.enabled || !(this.#spurious & softwareEnable)) return false;
    if (vector < 16) {
      this.#raiseError(errors.receivedIllegalVector);
      return false;
    }
    if (level) this.#tmr.set(vector);
    else this.#tmr.clear(vector);
    this.#irr.set(vector);
    this.onChange();
    return true;
  }

  /** LINT1 is pulsed, which chipsets wire their NMI to. Without a local APIC it is the processor's NMI pin. */
  pulseLint1(): void {
    if (!this.enabled) {
      this.onMessage(deliveryMode.nmi, 0);
      return;
    }
    this.#signal(this.#lvt[register.lvtLint1 - register.lvtTimer]!);
  }

  /** A performance counter has overflowed. `masks`: the entry is masked by that, as on Intel's processors (SDM 11.5.1). */
  counterOverflowed(masks: boolean): void {
    const at = register.lvtPerformance - register.lvtTimer;
    const entry = this.#lvt[at]!;
    if (!this.enabled) return;
    if (masks) this.#lvt[at] = entry | lvt.masked;
    this.#signal(entry);
  }

  /** What an LVT entry says comes of its source. */
  #signal(entry: number): void {
    if (entry & lvt.masked) return;
    const mode = (entry >> 8) & 7;
    if (mode === deliveryMode.fixed) this.deliver(entry & 0xff, false);
    else this.onMessage(mode, entry & 0xff);
  }

  /** This processor is meant by an I/O APIC or ICR destination (SDM 11.6.2). */
  isDestination(destination: number, logical: boolean): boolean {
    const broadcast = this.#x2apic ? 0xffffffff : 0xff;
    if (!logical) return destination === this.apicId || destination === broadcast || destination === 0xff;
    if (this.#x2apic) {
      const own = this.#read(register.logicalDestination);
      if (destination === broadcast) return true;
      return own >>> 16 === destination >>> 16 && (own & destination & 0xffff) !== 0;
    }
    const own = this.#logicalDestination >>> 24;
    if (this.#destinationFormat >>> 28 === 0xf) return (own & destination) !== 0;
    return (own >> 4 === destination >> 4 || destination >> 4 === 15) && (own & destination & 15) !== 0;
  }

  /** PPR (SDM 11.8.3.1). */
  #processorPriority(): number {
    const service = Math.max(0, this.#isr.highest());
    return this.#taskPriority >> 4 >= service >> 4 ? this.#taskPriority : service & 0xf0;
  }

  /** An interrupt waits that the priorities let through. */
  pending(): boolean {
    const vector = this.#irr.highest();
    return vector !== -1 && this.enabled && vector >> 4 > this.#processorPriority() >> 4;
  }

  /** Takes the pending interrupt into service; the spurious vector when it went away. */
  acknowledge(): number {
    if (!this.pending()) return this.#spurious & 0xff;
    const vector = this.#irr.highest();
    this.#irr.clear(vector);
    this.#isr.set(vector);
    this.onChange();
    return vector;
  }

  #endOfInterrupt(): void {
    const vector = this.#isr.highest();
    if (vector === -1) return;
    this.#isr.clear(vector);
    if (this.#tmr.has(vector)) this.onEndOfInterrupt(vector);
    this.onChange();
  }

  #raiseError(error: number): void {
    this.#newErrors |= error;
    const entry = this.#lvt[register.lvtError - register.lvtTimer]!;
    if (entry & lvt.masked) return;
    // An error interrupt with an illegal vector is one more error, but raises no further interrupt.
    if ((entry & 0xff) < 16) this.#newErrors |= errors.receivedIllegalVector;
    else this.deliver(entry & 0xff, false);
  }

  #sendCommand(low: number, destination: number): void {
    const vector = low & 0xff;
    const mode = (low >> 8) & 7;
    const shorthand = (low >> 18) & 3;
    const toSelf =
      shorthand === 0
        ? this.isDestination(destination, (low & 0x800) !== 0)
        : shorthand === 1 || shorthand === 2;
    if (mode === deliveryMode.fixed || mode === deliveryMode.lowestPriority) {
      if (vector < 16) this.#raiseError(errors.sendIllegalVector);
      else if (toSelf) this.deliver(vector, false);
    } else if (toSelf) {
      // INIT level de-assert is a no-op since the Pentium 4.
      if (mode !== deliveryMode.init || low & 0x4000) this.onMessage(mode, vector);
    }
  }

  #writeLvt(index: number, value: number): void {
    let entry = value & lvtWritable[index]!;
    if (!(this.#spurious & softwareEnable)) entry |= lvt.masked;
    this.#lvt[index] = entry;
    if (index === 0) this.#configureTimer();
    else this.onChange();
  }

  #configureTimer(): void {
    const entry = this.#lvt[0]!;
    this.#timer.configure((entry >> 17) & 3, (entry & lvt.masked) !== 0);
  }

  // Registers

  #read(index: number): number {
    switch (index) {
      case register.id:
        return this.#x2apic ? this.apicId : (this.apicId << 24) >>> 0;
      case register.version:
        return version;
      case register.taskPriority:
        return this.#taskPriority;
      case register.processorPriority:
        return this.#processorPriority();
      case register.logicalDestination:
        return this.#x2apic
          ? (((this.apicId >>> 4) << 16) | (1 << (this.apicId & 15))) >>> 0
          : this.#logicalDestination;
      case register.destinationFormat:
        return this.#destinationFormat;
      case register.spurious:
        return this.#spurious;
      case register.errorStatus:
        return this.#errorStatus;
      case register.command:
        return this.#command;
      case register.commandHigh:
        return this.#commandHigh;
      case register.initialCount:
        return this.#timer.initialCount;
      case register.currentCount:
        return this.#timer.currentCount;
      case register.divide:
        return this.#timer.divide;
      default:
        if (index >= register.inService && index < register.triggerMode) return this.#isr.words[index & 7]!;
        if (index >= register.triggerMode && index < register.request) return this.#tmr.words[index & 7]!;
        if (index >= register.request && index < register.errorStatus) return this.#irr.words[index & 7]!;
        if (index >= register.lvtTimer && index <= register.lvtError)
          return this.#lvt[index - register.lvtTimer]!;
        return 0;
    }
  }

  #write(index: number, value: number): void {
    switch (index) {
      case register.taskPriority:
        this.#taskPriority = value & 0xff;
        this.onChange();
        break;
      case register.endOfInterrupt:
        this.#endOfInterrupt();
        break;
      case register.logicalDestination:
        this.#logicalDestination = (value & 0xff000000) >>> 0;
        break;
      case register.destinationFormat:
        this.#destinationFormat = (value | 0x0fffffff) >>> 0;
        break;
      case register.spurious:
        this.#spurious = value & 0x1ff;
        if (!(value & softwareEnable)) {
          for (let i = 0; i < lvtCount; i++) this.#lvt[i]! |= lvt.masked;
          this.#configureTimer();
        }
        this.onChange();
        break;
      case register.errorStatus:
        this.#errorStatus = this.#newErrors;
        this.#newErrors = 0;
        break;
      case register.command:
        this.#command = value & 0xccfff; // delivery status reads as idle
        this.#sendCommand(this.#command, this.#commandHigh >>> 24);
        break;
      case register.commandHigh:
        this.#commandHigh = (value & 0xff000000) >>> 0;
        break;
      case register.initialCount:
        this.#timer.initialCount = value;
        break;
      case register.divide:
        this.#timer.divide = value;
        break;
      default:
        if (index >= register.lvtTimer && index <= register.lvtError)
          this.#writeLvt(index - register.lvtTimer, value);
    }
  }

  read(address: number, size: AccessSize): number {
    if (!this.enabled || this.#x2apic) return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
    const offset = address & 15;
    if (offset >= 4) return 0;
    const value = this.#read((address >> 4) & 0xff) >>> (offset * 8);
    return size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
  }

  write(address: number, size: AccessSize, value: number): void {
    // Only aligned 32-bit writes are defined (SDM 11.4.1).
    if (!this.enabled || this.#x2apic || size !== 4 || address & 15) return;
    this.#write((address >> 4) & 0xff, value);
  }

  // MSRs

  /** RDMSR of one of `lapicMsr`; undefined = #GP. */
  readMsr(index: number): bigint | undefined {
    if (index === MSR.APIC_BASE) return this.#base;
    if (index === MSR.TSC_DEADLINE) return this.#timer.deadline;
    const number = index - X2APIC_MSR.first;
    if (!this.#x2apic || number < 0 || number > 0xff || !isReadableMsr(number)) return undefined;
    const value = BigInt(this.#read(number));
    return number === register.command ? (BigInt(this.#commandHigh) << 32n) | value : value;
  }

  /** WRMSR of one of `lapicMsr`; false = #GP. */
  writeMsr(index: number, value: bigint): boolean {
    if (index === MSR.APIC_BASE) return this.#writeBase(value);
    if (index === MSR.TSC_DEADLINE) {
      this.#timer.deadline = value;
      return true;
    }
    const number = index - X2APIC_MSR.first;
    if (!this.#x2apic || number < 0 || number > 0xff) return false;
    return this.#writeX2apic(number, value);
  }

  #writeX2apic(number: number, value: bigint): boolean {
    const low = Number(value & 0xffffffffn);
    if (number === register.command) {
      this.#commandHigh = Number(value >> 32n);
      this.#command = low & 0xccfff;
      this.#sendCommand(this.#command, this.#commandHigh);
      return true;
    }
    if (value >> 32n !== 0n) return false;
    switch (number) {
      case register.endOfInterrupt:
      case register.errorStatus:
        if (low !== 0) return false;
        break;
      case register.selfIpi:
        if (low > 0xff) return false;
        this.#sendCommand((1 << 18) | low, 0);
        return true;
      case register.taskPriority:
        if (low > 0xff) return false;
        break;
      case register.spurious:
      case register.initialCount:
      case register.divide:
        break;
      default:
        if (number < register.lvtTimer || number > register.lvtError) return false;
    }
    this.#write(number, low);
    return true;
  }

  #writeBase(value: bigint): boolean {
    const enable = (value & BigInt(baseMsr.enable)) !== 0n;
    const x2apic = (value & BigInt(baseMsr.x2apic)) !== 0n;
    if (value >> 12n !== BigInt(lapicAddress / 0x1000) || (value & 0x2ffn) !== 0n) return false;
    // Legal transitions: SDM figure 11-27.
    if (x2apic && (!enable || !this.enabled)) return false;
    if (this.#x2apic && enable && !x2apic) return false;
    if (this.enabled && !enable) this.#reset();
    if (!this.#x2apic && x2apic) this.#commandHigh = 0;
    this.#base = value;
    this.onChange();
    return true;
  }

  /** State after power-up or INIT (SDM 11.4.7.1), IA32_APIC_BASE apart. */
  #reset(): void {
    for (const vectors of [this.#isr, this.#tmr, this.#irr]) vectors.words.fill(0);
    this.#taskPriority = 0;
    this.#logicalDestination = 0;
    this.#destinationFormat = 0xffffffff;
    this.#spurious = 0xff;
    this.#errorStatus = 0;
    this.#newErrors = 0;
    this.#command = 0;
    this.#commandHigh = 0;
    this.#lvt.fill(lvt.masked);
    this.#timer.reset();
  }

  save(put: (value: number) => void): void {
    for (const { words } of [this.#isr, this.#tmr, this.#irr]) for (const word of words) put(word);
    for (const entry of this.#lvt) put(entry);
    for (const value of [
      this.#taskPriority,
      this.#logicalDestination,
      this.#destinationFormat,
      this.#spurious,
      this.#errorStatus,
      this.#newErrors,
      this.#command,
      this.#commandHigh,
    ])
      put(value);
    put(Number(this.#base));
    this.#timer.save(put);
  }
}

function isReadableMsr(number: number): boolean {
  const { endOfInterrupt, destinationFormat, commandHigh, selfIpi, arbitrationPriority, remoteRead } =
    register;
  if (
    [endOfInterrupt, destinationFormat, commandHigh, selfIpi, arbitrationPriority, remoteRead].includes(
      number as never,
    )
  )
    return false;
  return (
    number === register.id ||
    number === register.version ||
    (number >= register.taskPriority && number <= register.errorStatus) ||
    (number >= register.command && number <= register.currentCount) ||
    number === register.divide
  );
}
