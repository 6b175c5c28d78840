import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ReadContract } from '../contract/language/contract.js';
import { ContractError } from '../contract/language/contract-error.js';
import { contractOf, readContract } from '../contract/language/read.js';
import { CommandFailure } from './failure.js';
import { readInput } from './input.js';

const isModule = /\.[cm]?[jt]s$/;
const exported = 'the contract must be the default export of a module';

/** The contract in a file: YAML, JSON, or a module whose default export it is. */
export async function contractFile(file: string): Promise<ReadContract> {
  try {
    const contract = isModule.test(file)
      ? contractOf(await defaultExport(file))
      : readContract(new TextDecoder().decode(readInput(file).data));
    return { file, contract };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const { message, place, hint } = error;
    throw new CommandFailure(message, hint, place === undefined ? file : `${file}:${place}`);
  }
}

async function defaultExport(file: string): Promise<unknown> {
  // Says what keeps it from being read in the words that all files have.
  readInput(file);
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    // A module may throw anything.
    const { code, message }: Partial<NodeJS.ErrnoException> =
      error instanceof Error ? error : { message: String(error) };
    const hint =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? `this Node (${process.version}) does not run TypeScript; from 22.18 on it does, and a .js or .mjs file works with all`
        : exported;
    throw new CommandFailure(`the module cannot be loaded: ${message}`, hint, file);
  }
  if (module.default === undefined)
    throw new CommandFailure('the module has no default export', exported, file);
  return module.default;
}
