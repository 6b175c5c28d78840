import { xenSharedInfo, xenVcpuInfo } from '../../abi/xen.js';
import { type Put, putMap, type Saved } from '../../machine/saved.js';
import type { XenDomain } from './domain.js';

/** What an event channel is bound to. */
export type Binding =
  | { readonly kind: 'unbound'; readonly remote: number }
  /** The other end: a backend of ours. */
  | { readonly kind: 'interdomain'; readonly remote: number; readonly notify: () => void }
  | { readonly kind: 'virq'; readonly virq: number }
  | { readonly kind: 'ipi' };

/** Channels of the two-level ABI on x86-64. */
export const CHANNELS = 4096;

const { evtchn_pending, evtchn_mask } = xenSharedInfo.fields;
const { evtchn_upcall_pending, evtchn_pending_sel } = xenVcpuInfo.fields;

/** Event channels in the two-level ABI: pending and mask bits in shared_info, selector bits in vcpu_info. */
export class EventChannels implements Saved {
  readonly #bindings = new Map<number, Binding>();
  readonly #virqs = new Map<number, number>();
  /** Called for every channel that becomes pending. @unsaved wiring */
  onRaised: (port: number) => void = () => {};

  constructor(readonly domain: XenDomain) {}

  binding(port: number): Binding | undefined {
    return this.#bindings.get(port);
  }

  /** Binds the lowest free channel; undefined when there is none. */
  allocate(binding: Binding): number | undefined {
    for (let port = 1; port < CHANNELS; port++) {
      if (this.#bindings.has(port)) continue;
      this.bind(port, binding);
      return port;
    }
    return undefined;
  }

  bind(port: number, binding: Binding): void {
    this.#bindings.set(port, binding);
    if (binding.kind === 'virq') this.#virqs.set(binding.virq, port);
  }

  /** Channel of a virtual interrupt. */
  portOf(virq: number): number | undefined {
    return this.#virqs.get(virq);
  }

  /** False when it is not bound. */
  close(port: number): boolean {
    const binding = this.#bindings.get(port);
    if (!binding) return false;
    if (binding.kind === 'virq') this.#virqs.delete(binding.virq);
    this.#bindings.delete(port);
    this.#setBit(evtchn_pending.offset, port, false);
    return true;
  }

  get ports(): number[] {
    return [...this.#bindings.keys()];
  }

  #word(offset: number, port: number): number {
    return this.domain.sharedInfo + offset + (port >>> 5) * 4;
  }

  #bit(offset: number, port: number): boolean {
    return ((this.domain.machine.memory.read32(this.#word(offset, port)) >>> (port & 31)) & 1) === 1;
  }

  #setBit(offset: number, port: number, on: boolean): void {
    const { memory } = this.domain.machine;
    const at = this.#word(offset, port);
    const bit = 1 << (port & 31);
    memory.write32(at, on ? memory.read32(at) | bit : memory.read32(at) & ~bit);
  }

  isPending(port: number): boolean {
    return this.#bit(evtchn_pending.offset, port);
  }

  isMasked(port: number): boolean {
    return this.#bit(evtchn_mask.offset, port);
  }

  /** The event happens: pending, and the processor is told unless the channel is masked. */
  raise(port: number): void {
    if (!this.isPending(port)) {
      this.#setBit(evtchn_pending.offset, port, true);
      if (!this.isMasked(port)) this.#select(port);
    }
    this.onRaised(port);
  }

  raiseVirq(virq: number): void {
    const port = this.#virqs.get(virq);
    if (port !== undefined) this.raise(port);
  }

  /** Lets a channel through, and what waited on it. */
  unmask(port: number): void {
    this.#setBit(evtchn_mask.offset, port, false);
    if (this.isPending(port)) this.#select(port);
  }

  #select(port: number): void {
    const { vcpuInfo, machine } = this.domain;
    const { guestView } = machine.memory;
    const at = vcpuInfo + evtchn_pending_sel.offset;
    const selector = guestView.getBigUint64(at, true) | (1n << BigInt(port >>> 6));
    guestView.setBigUint64(at, selector, true);
    guestView.setUint8(vcpuInfo + evtchn_upcall_pending.offset, 1);
    this.domain.upcallChanged();
  }

  save(put: Put): void {
    putMap(this.#bindings, put, (binding) => {
      put(binding.kind);
      put('remote' in binding ? binding.remote : undefined);
      put('virq' in binding ? binding.virq : undefined);
    });
    putMap(this.#virqs, put, put);
  }
}
