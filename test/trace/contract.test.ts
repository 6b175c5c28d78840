import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { check } from '../../src/contract/check.js';
import { firstContract } from '../../src/contract/language/first-contract.js';
import { readContract } from '../../src/contract/language/read.js';
import { offers } from '../../src/entry/entries.js';
import { openImage } from '../../src/image/open.js';
import { craftSubject } from '../craft/subject.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';

/** The example that docs/contract.md begins with. */
const example = /^```yaml\n([\s\S]*?)^```$/m.exec(
  readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8'),
)![1]!;

corpusTest('the first contract and that of the manual hold of a stock kernel', id, [], async ({ data }) => {
  const all = offers(await openImage(data));
  const recordings = [await recorded(id, { entry: 'linux64' }), await recorded(id, { entry: 'xen-pv' })];
  const subject = craftSubject(recordings, all);
  const first = firstContract({ name: id, offers: all, paths: subject.paths });
  const names = readContract(first).rules!.map(({ name }) => name);
  expect(names).toEqual([
    'entries',
    'reaches-userspace',
    'on-every-path',
    'on-linux64',
    'on-xen-pv',
    'instructions-linux64',
    'instructions-xen-pv',
  ]);
  for (const text of [first, example]) {
    const contract = readContract(text);
    const own = contract.rules!.map(({ name }) => name);
    const found = check(subject, { file: 'c.yaml', contract }).filter(({ rule }) => own.includes(rule));
    expect(found).toEqual([]);
  }
});
