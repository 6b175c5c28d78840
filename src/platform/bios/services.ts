import { disk } from './disk.js';
import { memorySize } from './equipment.js';
import { keyboard } from './keyboard.js';
import type { BiosService } from './service.js';
import { system } from './system.js';
import { time } from './time.js';
import { video } from './video.js';

/** What the BIOS does, by vector; every other vector leads back at once. */
export const biosServices: readonly BiosService[] = [video, memorySize, disk, system, keyboard, time];
