import { dirname, resolve } from 'node:path';
import type { ReadContract } from '../../contract/language/contract.js';
import { asksGrowth } from '../../contract/language/judge.js';
import { listed } from '../../contract/language/rule-base.js';
import type { AgainstPlan } from '../../matrix/against.js';
import { isRecording, readRecording } from '../../trace/file.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';

/** What growth is measured against: what --against names, else what the contract does. */
export async function readAgainst(
  asked: readonly string[] | undefined,
  contract: ReadContract | undefined,
): Promise<AgainstPlan | undefined> {
  const isNeeded = contract?.contract.rules?.some(asksGrowth) === true;
  if (asked && !isNeeded) {
    throw new CommandFailure(
      'nothing is measured against another image',
      "a rule of the contract has to limit 'growth': docs/contract.md",
      '--against',
    );
  }
  if (!isNeeded) return undefined;
  const files =
    asked ?? listed(contract.contract.against).map((file) => resolve(dirname(contract.file), file));
  if (files.length === 0) return undefined;
  const inputs = files.map(readInput);
  const [first] = inputs;
  const option = { files: asked ?? [] };
  if (inputs.length === 1 && !isRecording(first!.data)) return { ...option, name: first!.name, from: first! };
  const image = inputs.findIndex(({ data }) => !isRecording(data));
  if (image !== -1) {
    throw new CommandFailure(
      'growth is measured against one image, or against recordings',
      'zeropage trace IMAGE -o FILE makes recordings, one a path',
      files[image],
    );
  }
  const recordings = await Promise.all(inputs.map(({ data }) => readRecording(data)));
  return { ...option, name: recordings[0]!.image.name, from: recordings };
}
