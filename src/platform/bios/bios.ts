import { CR0 } from '../../abi/x86/control-registers.js';
import { BIOS_PORT, vectorOf } from '../../firmware/bios-vectors.js';
import type { AccessSize, Device } from '../../machine/bus.js';
import type { Machine } from '../../machine/machine.js';
import { BiosCall } from './call.js';
import { functionOf } from './service.js';
import { biosServices } from './services.js';

/**
 * The services of a BIOS, behind real interrupt vectors (firmware/bios-vectors.ts): the code there writes to a port. It works from
 * far calls with pushed flags, too. It has no state of its own: what there is stands in the BIOS data area and in the devices.
 */
export class Bios implements Device {
  readonly id = 'bios';
  readonly ports = [{ first: BIOS_PORT, count: 1, width: 1 }] as const;
  readonly #call: BiosCall;

  constructor(readonly machine: Machine) {
    this.#call = new BiosCall(machine);
  }

  /** Somebody else may write to the port: nothing happens. */
  out(_port: number, _size: AccessSize, _value: number): void {
    const { cpu } = this.machine;
    const { running } = cpu.engine.retirement;
    const vector = running === undefined || cpu.cr0 & CR0.PE ? undefined : vectorOf(running);
    const service = biosServices.find((each) => each.vector === vector);
    if (!service) return;
    const { run } = functionOf(service, this.#call) ?? { run: service.otherwise };
    run(this.#call);
  }

  save(): void {}
}
