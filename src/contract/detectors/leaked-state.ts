import { isOfProcessor } from '../../entry/start/vary/choices.js';
import type { Detector } from './detector.js';
import { deviation } from './deviation.js';

/** What a loader happened to leave, or where it happened to put things, decides how the boot goes. */
export const leakedState: Detector = {
  id: 'leaked-state',
  order: 5,
  severity: 'error',
  title: 'A boot depends on what its loader is free to leave or to choose',
  *detect(subject) {
    for (const varied of subject.variations) {
      if (!varied.choices.every(isOfProcessor)) yield deviation(subject, varied);
    }
  },
};
