import { bootParams } from '../../abi/boot-params.js';
import { hvmStartInfo } from '../../abi/hvm-start-info.js';
import type { KernelPlace } from '../../autopsy/kernel-place.js';
import type { StartOfDay } from '../../boot/options.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';
import type { CodeMap } from '../code-map.js';
import { FieldWatch } from './field-watch.js';
import { Instance } from './instance.js';
import { learnedFrom } from './learned.js';
import { Questions } from './questions.js';
import type { Learned, RecordedFilling } from './row.js';
import { Seen } from './seen.js';
import { Settings } from './settings.js';
import { SetupHandover } from './setup-handover.js';
import { givenStructures, sharedInfo } from './structures.js';
import { ZeroPage } from './zero-page.js';

/** Where Linux keeps what it was given (arch/x86/kernel/setup.c, arch/x86/platform/pvh/enlighten.c). */
const copies = { boot_params: bootParams, pvh_bootparams: bootParams, pvh_start_info: hvmStartInfo } as const;

/** Finds out what a boot learns, and when, without changing it. */
export class Learner {
  readonly #seen = new Seen();
  readonly #fields: FieldWatch;
  readonly settings: Settings;
  readonly #setup: SetupHandover;
  #shared: Instance | undefined;
  #zeroPage: ZeroPage | undefined;

  constructor(machine: Machine, start: StartOfDay) {
    this.settings = new Settings(machine);
    this.#fields = new FieldWatch(machine, this.#seen);
    this.#fields.add(givenStructures(machine, start));
    this.#setup = new SetupHandover(machine, start);
    const questions = new Questions(machine, this.#seen);
    const share = (): void => {
      const shared = sharedInfo(start.platform);
      if (!shared || shared.start === this.#shared?.start) return;
      this.#shared = shared;
      this.#fields.add([shared]);
    };
    share();
    const { hypercalls } = start.platform;
    if (!hypercalls) return;
    hypercalls.onCall = (name) => questions.hypercall(name);
    hypercalls.onDone = share;
  }

  /** A block is about to run for the first time. */
  newCode(): void {
    const handedOver = this.#setup.ran(this.#fields.places);
    if (handedOver) this.#fields.add([handedOver]);
  }

  /** The kernel lies where it will run: its copies of what it is given do, too. */
  kernelAt(place: KernelPlace, symbols: SymbolTable): void {
    this.#seen.kernelBegins();
    this.settings.kernelAt(place, symbols);
    const found = symbols.findFew(Object.keys(copies));
    const instances = Object.entries(copies).flatMap(([name, struct]) => {
      const address = found.get(name);
      const start = address === undefined ? undefined : place.physical(address);
      if (start === undefined) return [];
      const instance = new Instance({ source: struct.name, start, size: struct.size, struct });
      const { machine, places } = this.#fields;
      if (name === 'boot_params') this.#zeroPage = new ZeroPage(machine, instance, places);
      return [instance];
    });
    this.#fields.add(instances);
  }

  /** Paths have met: what the zero page has now is what was handed over. */
  met(): void {
    this.#zeroPage?.look();
  }

  /** Who filled the zero page; nobody where paths did not meet. */
  filled(code: CodeMap): RecordedFilling[] {
    return this.#zeroPage?.fillings(code) ?? [];
  }

  /** In the order it was learned. */
  learned(code: CodeMap): Learned[] {
    this.#fields.finish();
    return learnedFrom(this.#seen, code);
  }
}
