import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';
import type { Descriptor } from './descriptor.js';
import {
  commitFlat,
  commitSegment,
  getSegment,
  type SegmentValue,
  selectorOf,
  setSegment,
} from './segments.js';

/**
 * A segment register with its hidden part, for those outside of the machine: platforms, loaders and reports. Nothing is checked
 * and no table is read.
 * @unsaved a view of the processor's state
 */
export class SegmentRegister {
  constructor(
    private readonly cpu: Processor,
    private readonly index: number,
  ) {}

  get selector(): number {
    return selectorOf(this.cpu, this.index);
  }
  /** Changes what programs read from it; the hidden part stays. */
  set selector(selector: number) {
    this.cpu.memory.i32[(segmentOffset(this.index) + segment.selector) >> 2] = selector;
  }

  get base(): bigint {
    return this.cpu.memory.view.getBigUint64(segmentOffset(this.index) + segment.base, true);
  }
  /** As WRMSR to FS.base and GS.base does; not for CS, on whose base decoded code depends. */
  set base(base: bigint) {
    this.cpu.memory.view.setBigUint64(segmentOffset(this.index) + segment.base, base, true);
  }

  get value(): SegmentValue {
    return getSegment(this.cpu, this.index);
  }
  set value(value: SegmentValue) {
    setSegment(this.cpu, this.index, value);
  }

  /** Loads it with a descriptor that was checked; `cpu.modeChanged()` must follow for CS and SS. */
  load(selector: number, descriptor: Descriptor): void {
    commitSegment(this.cpu, this.index, selector, descriptor);
  }

  /** Makes it a flat segment, as SYSCALL does; `cpu.modeChanged()` must follow for CS and SS. */
  loadFlat(selector: number, access: number): void {
    commitFlat(this.cpu, this.index, selector, access);
  }
}

export type SegmentName = 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs' | 'ldtr' | 'tr';

/** All of a processor's segment registers, by name. */
export function segmentRegisters(cpu: Processor): Readonly<Record<SegmentName, SegmentRegister>> {
  const { es, cs, ss, ds, fs, gs, ldtr, tr } = segmentIndex;
  const register = (index: number): SegmentRegister => new SegmentRegister(cpu, index);
  return {
    es: register(es),
    cs: register(cs),
    ss: register(ss),
    ds: register(ds),
    fs: register(fs),
    gs: register(gs),
    ldtr: register(ldtr),
    tr: register(tr),
  };
}
