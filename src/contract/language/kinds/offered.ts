import type { EntryId } from '../../../entry/entry.js';
import { entryName } from '../names.js';
import { listed, type OneOrMore, type RuleBase } from '../rule-base.js';
import { oneOrMore } from '../shape.js';
import type { Kind } from './kind.js';

export interface OfferedRule extends RuleBase {
  /** Entries that the image must offer. */
  readonly offered: OneOrMore<EntryId>;
}

export const offered: Kind<OfferedRule> = {
  id: 'offered',
  order: 1,
  title: 'Entries that the image must offer',
  members: { offered: oneOrMore(entryName('Entries that the image must offer.')) },
  isAboutPaths: false,
  *judge(rule, { subject }) {
    for (const id of listed(rule.offered)) {
      const offer = subject.image.offers.find((each) => each.id === id);
      if (offer?.offered) continue;
      const why = offer?.reason ?? '';
      if (offer?.unknown) yield { notKnown: true, message: `whether ${id} is offered is not known: ${why}` };
      else yield { message: `${id} must be offered and is not: ${why}`, command: 'inspect' };
    }
  },
};
