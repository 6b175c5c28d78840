import type { EntryId } from '../../../entry/entry.js';
import { entryName } from '../names.js';
import { listed, type OneOrMore, type RuleBase } from '../rule-base.js';
import { oneOrMore } from '../shape.js';
import type { Kind } from './kind.js';

export interface NotOfferedRule extends RuleBase {
  /** Entries that the image must not offer. */
  readonly 'not-offered': OneOrMore<EntryId>;
}

export const notOffered: Kind<NotOfferedRule> = {
  id: 'not-offered',
  order: 2,
  title: 'Entries that the image must not offer',
  members: {
    'not-offered': oneOrMore(entryName('Entries that the image must not offer.')),
  },
  isAboutPaths: false,
  *judge(rule, { subject }) {
    for (const id of listed(rule['not-offered'])) {
      const offer = subject.image.offers.find((each) => each.id === id);
      if (offer?.offered)
        yield { message: `${id} must not be offered and is: ${offer.reason}`, command: 'inspect' };
      else if (offer?.unknown)
        yield { notKnown: true, message: `whether ${id} is offered is not known: ${offer.reason}` };
    }
  },
};
