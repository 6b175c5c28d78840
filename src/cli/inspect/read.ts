import type { InspectOptions } from '../../report/inspect.js';
import type { Inspection } from '../../report/inspection.js';
import type { Input } from '../input.js';
import { Progress } from '../progress.js';

/** What all ways of `zeropage inspect` are told. */
export interface ReadOptions {
  readonly fast?: boolean;
  readonly symbols: boolean;
  readonly types: boolean;
  readonly onSymbols?: InspectOptions['onSymbols'];
}

/** Inspects one file under a name. */
export async function inspectInput(input: Input, name: string, options: ReadOptions): Promise<Inspection> {
  const progress = new Progress();
  try {
    const { inspect } = await import('../../report/inspect.js');
    return await inspect(input.data, {
      name,
      fast: options.fast,
      symbols: options.symbols,
      types: options.types,
      onSymbols: options.onSymbols,
      sha256: options.fast ? undefined : await sha256(input.data),
      onPhase: (what) => progress.phase(`${name}: ${what}`),
    });
  } finally {
    progress.done();
  }
}

async function sha256(data: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(data).digest('hex');
}

/** On what a report is written. */
export async function pageFor({
  verbose = false,
  evidence = false,
}: {
  readonly verbose?: boolean;
  readonly evidence?: boolean;
}) {
  const { terminal } = await import('../terminal.js');
  return { ...terminal(), verbose, evidence: evidence || verbose };
}
