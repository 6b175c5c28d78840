import type { Claim, Evidence } from './entry.js';
import type { Quoting } from './evidence.js';
import { type Loading, loadingText } from './loaders/loading.js';
import type { MisplacedHeader } from './multiboot-misplaced.js';
import type { Freedom } from './start/vary/freedom.js';

/** No header where loaders look: what there is elsewhere is said. `none` is a sentence without its full stop. */
export function withoutHeader(quoting: Quoting, none: string, header: MisplacedHeader | undefined): Claim {
  if (!header) return { offered: false, reason: `${none}.`, evidence: [] };
  const { title, offset, size, where, moved } = header;
  return {
    offered: false,
    reason: `${none}, but ${where}${moved ? `: ${moved}` : ''}.`,
    evidence: [
      quoting.at(
        offset,
        size,
        `a ${title} header where no loader looks`,
        'Multiboot 0.6.96 3.1; Multiboot2 2.0 3.1',
      ),
    ],
  };
}

/**
 * Adds what loaders do to what the specification says. What none of several takes is not offered; a single loader that refuses
 * what the specification allows is not all loaders.
 */
export function byLoaders(quoting: Quoting, claim: Claim, loadings: readonly Loading[]): Claim {
  const taking = loadings.filter(({ outcome }) => outcome === 'takes');
  if (taking.length === loadings.length) return claim;
  const none = taking.length === 0;
  if (!claim.offered && none && loadings.length > 1) return claim;
  const said = loadingText(loadings);
  const evidence = [...claim.evidence, ...loadings.flatMap((loading) => objectionEvidence(quoting, loading))];
  if (none && loadings.length > 1) return { offered: false, reason: `${said}.`, evidence };
  const reason = `${claim.reason} ${said}.`;
  if (!claim.offered) return { ...claim, reason, evidence };
  return { ...claim, reason, evidence, facts: { ...claim.facts, loaders: said } };
}

function objectionEvidence(quoting: Quoting, { loader, objection, source }: Loading): Evidence[] {
  if (!objection) return [];
  const { offset, size, why } = objection;
  return [quoting.at(offset, size, `${loader}: ${why}`, source)];
}

/** What a version of the specification leaves open; `state`: its section on the machine's state. */
export const multibootFreedom = (specification: string, state: string): Freedom => {
  const unnamed = `${state}: "All other processor registers and flag bits are undefined"`;
  return {
    registers: unnamed,
    stated: ['RAX', 'RBX'],
    flags: `${state}, EFLAGS: "Other bits are all undefined"`,
    cr0: `${state}, CR0: "Other bits are all undefined"`,
    cr4: unnamed,
    efer: unnamed,
    selectors: `${state}, DS to SS: "The exact values are all undefined", and so is that of CS`,
    gdtr: `${state}: "the ‘GDTR’ may be invalid"`,
    idtr: `${state}: "The OS image must leave interrupts disabled until it sets up its own IDT"`,
    memory: `${specification} says what is loaded and handed over, and of no other memory what is in it`,
    processor: `${specification} asks for no maker and no leaf of CPUID`,
  };
};
