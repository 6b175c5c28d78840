import { isOfProcessor } from '../../entry/start/vary/choices.js';
import type { Detector } from './detector.js';
import { deviation } from './deviation.js';

/** Early code takes for granted what not every processor has. */
export const processorAssumption: Detector = {
  id: 'processor-assumption',
  order: 6,
  severity: 'error',
  title: 'A boot depends on the maker or the features of the processor',
  *detect(subject) {
    for (const varied of subject.variations) {
      if (varied.choices.every(isOfProcessor)) yield deviation(subject, varied);
    }
  },
};
