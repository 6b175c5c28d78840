/**
 * Boots a kernel with nothing watching, or with what is named: node watched-boot.mjs DIST ENTRY KERNEL INITRD MEMORY [WATCHER...].
 * DIST is the folder of our built files. Ends with 0 when the guest switched the power off.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, entry, kernel, initrd, memory, ...names] = process.argv.slice(2);
const ours = (path) => import(pathToFileURL(resolve(dist, path)).href);
const { openImage } = await ours('image/open.js');
const { chooseWay } = await ours('boot/choose.js');
const { prepare } = await ours('boot/prepare.js');
const { FlightRecorder } = await ours('autopsy/flight-recorder.js');
const { Profile } = await ours('boot/profile.js');
const { stateHash } = await ours('machine/state-hash.js');

/** Instructions, idle time included, after which a boot of ours looks at the world. */
const SLICE = 20e6;

/** Each takes the machine, and the listeners that prepare() put there; it may return what runs it, and what to do after every slice. */
const watchers = {
  waypoints: (machine, { decoded }) => {
    machine.cpu.blocks.onDecoded.push(...decoded);
  },
  recorder: (machine) => {
    new FlightRecorder(machine);
  },
  // Every block when it first runs and every exception, interrupt and INT n, kept as a trace would.
  events: (machine) => {
    const kept = [];
    machine.cpu.blocks.onDecoded.push(({ pc, end, offset }) => {
      kept.push({ at: machine.instructions, pc, bytes: end - offset });
    });
    machine.cpu.onDeliver.push((vector, errorCode, kind) => {
      kept.push({ at: machine.instructions, vector, errorCode, kind, rip: machine.cpu.rip });
    });
  },
  hash: (machine) => ({ afterSlice: () => stateHash(machine) }),
  profile: () => {
    const profile = new Profile();
    return { run: (machine, until) => profile.run(machine, until) };
  },
};

const image = await openImage(readFileSync(kernel), { name: kernel });
const options = { entry, initrd: readFileSync(initrd), memory: Number(memory) };
const { machine } = await prepare(image, chooseWay(image, entry), options, {});
const { onDecoded } = machine.cpu.blocks;
const attached = { decoded: onDecoded.splice(0) };
const watching = names.map((name) => watchers[name](machine, attached) ?? {});
const run = watching.find((watcher) => watcher.run)?.run ?? ((machine, until) => machine.run(until));
let stop;
do {
  stop = run(machine, machine.cpu.now + SLICE);
  for (const { afterSlice } of watching) afterSlice?.();
} while (stop === 'budget');
if (stop !== 'power-off') throw new Error(`the boot ended with ${stop}`);
