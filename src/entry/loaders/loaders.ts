import type { Image } from '../../image/image.js';
import { offers } from '../entries.js';
import { cloudHypervisor } from './cloud-hypervisor.js';
import { crosvm } from './crosvm.js';
import { firecracker } from './firecracker.js';
import { grubLoader } from './grub.js';
import { kexec } from './kexec.js';
import type { Decision, LoaderWay } from './loader.js';
import { qemu } from './qemu.js';
import { systemdBoot } from './systemd-boot.js';
import { uBoot } from './u-boot.js';
import { xen } from './xen.js';

/** Every loader whose rules are known, in the order reports list them. A new one is one file and one line here. */
export const loaders: readonly LoaderWay[] = [
  ...qemu,
  ...firecracker,
  ...cloudHypervisor,
  ...crosvm,
  ...kexec,
  ...grubLoader,
  ...systemdBoot,
  ...uBoot,
  ...xen,
];

/** What one loader does with a file, and by which rules it came to that: the last one decided. */
export interface LoaderAnswer {
  readonly way: LoaderWay;
  readonly decision: Decision;
  /** The rules that were asked, by their place in `way.rules`. */
  readonly asked: number;
}

/** What every loader does with the file as it stands. */
export function loaderAnswers(image: Image): LoaderAnswer[] {
  const candidate = { image, offers: offers(image) };
  return loaders.map((way) => {
    for (const [index, rule] of way.rules.entries()) {
      const decision = rule.decide(candidate);
      if (decision) return { way, decision, asked: index + 1 };
    }
    throw new Error(`${way.id}: no rule decides`);
  });
}
