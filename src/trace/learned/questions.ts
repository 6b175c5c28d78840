import { msrName } from '../../autopsy/msr-names.js';
import { hex } from '../../core/errors.js';
import type { Machine } from '../../machine/machine.js';
import type { MsrAccess, Observer } from '../../machine/x86/observer.js';
import { momentOf, runningPc } from './moment.js';
import type { Seen } from './seen.js';

/** Leaves whose answer depends on ECX (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E; Xen public/arch-x86/cpuid.h). */
const withSubleaves: ReadonlySet<number> = new Set([
  4, 7, 0xb, 0xd, 0xf, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1a, 0x1b, 0x1d, 0x1e, 0x1f, 0x20, 0x24, 0x40000003,
  0x40000004, 0x8000001d, 0x80000020, 0x80000026,
]);

/** What code asks the processor, the ports and the hypervisor. */
export class Questions implements Observer {
  constructor(
    readonly machine: Machine,
    readonly seen: Seen,
  ) {
    machine.cpu.observer = this;
  }

  cpuid(leaf: number, subleaf: number): void {
    const field = withSubleaves.has(leaf) ? `${hex(leaf)}/${subleaf}` : hex(leaf);
    this.#note('cpuid', field, 'read', undefined);
  }

  msr({ index, write, value, refused }: MsrAccess): void {
    const name = msrName(index);
    const field = name ? `${hex(index)} ${name}` : hex(index);
    this.#note('msr', field, write ? 'write' : 'read', refused ? undefined : value);
  }

  port(port: number, _bytes: number, write: boolean): void {
    this.#note('port', hex(port), write ? 'write' : 'read', undefined);
  }

  readonly hypercall = (name: string): void => this.#note('hypercall', name, 'call', undefined);

  #note(source: string, field: string, access: 'read' | 'write' | 'call', value: bigint | undefined): void {
    const { cpu } = this.machine;
    if (source !== 'hypercall' && cpu.userMode) return;
    const key = `${source} ${field} ${access}`;
    if (this.seen.knows(key, runningPc(this.machine))) return;
    this.seen.add(key, { source, field, access, moment: momentOf(this.machine), writtenBy: null, value });
  }
}
