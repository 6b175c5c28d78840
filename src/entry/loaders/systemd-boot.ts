import type { LoaderWay } from './loader.js';
import { loadImage } from './pe-rules.js';

export const systemdBoot: readonly LoaderWay[] = [
  {
    id: 'systemd-boot',
    loader: 'systemd-boot',
    how: 'linux, efi or UKI',
    versions: '252 to 257',
    rules: [loadImage('PE image', 'systemd src/boot/boot.c, image_start()')],
  },
];
