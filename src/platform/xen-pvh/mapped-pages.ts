import { PAGE_SIZE } from '../../abi/x86/paging.js';
import type { AccessSize, Device, MmioRange } from '../../machine/bus.js';
import type { Machine } from '../../machine/machine.js';

/** A page of Xen's that a guest has mapped where it has no memory of its own. */
class MappedPage implements Device {
  readonly id: string;
  readonly mmio: readonly MmioRange[];
  readonly #view = new DataView(new ArrayBuffer(PAGE_SIZE));

  constructor(readonly start: number) {
    this.id = `xen page ${start.toString(16)}`;
    this.mmio = [{ start, size: PAGE_SIZE }];
  }

  read(address: number, size: AccessSize): number {
    const at = address - this.start;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  write(address: number, size: AccessSize, value: number): void {
    const at = address - this.start;
    if (size === 1) this.#view.setUint8(at, value);
    else if (size === 2) this.#view.setUint16(at, value, true);
    else this.#view.setUint32(at, value, true);
  }

  save(put: (value: number) => void): void {
    for (let i = 0; i < PAGE_SIZE; i += 4) put(this.#view.getUint32(i, true));
  }
}

/** Pages that XENMEM_add_to_physmap puts beyond a guest's memory; its own memory needs none. */
export class MappedPages {
  readonly #pages = new Set<number>();

  constructor(readonly machine: Machine) {}

  /** Makes a page-aligned physical address answer; false where something else does already. */
  map(address: number): boolean {
    if (this.machine.memory.isRam(address) || this.#pages.has(address)) return true;
    const { bus } = this.machine.chipset;
    if (bus.mmioRanges.some(({ start, size }) => address < start + size && start < address + PAGE_SIZE))
      return false;
    bus.attach(new MappedPage(address));
    this.#pages.add(address);
    return true;
  }

  save(put: (value: number) => void): void {
    for (const address of this.#pages) put(address);
  }
}
