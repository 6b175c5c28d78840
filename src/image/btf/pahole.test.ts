import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ourType } from '../../../test/btf/ours.js';
import { normaliseDeclaration, paholeTypes, pfunctPrototypes } from '../../../test/btf/pahole.js';
import { anyMissing } from '../../../tools/check/missing.js';
import { corpusFile, corpusReason } from '../../../tools/corpus/locate.js';
import { layers } from '../image.js';
import { openImage } from '../open.js';
import type { Btf } from './btf.js';
import { readBtf } from './read.js';

/** Kernels of three generations; the arm64 one has no section headers. */
const kernels = [
  'debian-11-cloud-amd64',
  'debian-12-cloud-amd64',
  'debian-13-amd64',
  'debian-13-cloud-arm64',
];

/** pfunct's time grows with the square of the number of functions: only the smallest kernel is asked. */
const PROTOTYPES = ['debian-11-cloud-amd64'];

/** Stops a hang of a tool; even on a busy machine nothing here comes near it. */
const HANG = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'zeropage-pahole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(kernels)('types of %s', { timeout: HANG }, (id) => {
  const reason = anyMissing('pahole', 'pfunct') ?? corpusReason(id);
  const why = reason ? `: ${reason}` : '';
  const path = join(folder, `${id}.btf`);
  let btf: Btf;

  beforeAll(async () => {
    if (reason) return;
    const kernel = layers(await openImage(readFileSync(corpusFile(id)!.path))).at(-1)!;
    btf = readBtf(kernel)!;
    writeFileSync(path, kernel.bytes.slice(btf.offset, btf.length));
  });

  test.skipIf(reason)(`every structure and union is as pahole shows it${why}`, () => {
    const theirs = paholeTypes(path);
    expect(theirs.length).toBeGreaterThan(6000);
    const wrong = theirs.filter((type) => {
      const ours = btf.findAll(type.keyword, type.name).map((found) => JSON.stringify(ourType(btf, found)));
      return !ours.includes(JSON.stringify(type));
    });
    expect(wrong).toEqual([]);
    const names = new Set(theirs.map(({ keyword, name }) => `${keyword} ${name}`));
    for (const kind of ['struct', 'union'] as const) {
      const unseen = [...btf.ids(kind)]
        .map((found) => btf.name(found))
        .filter((name) => name && !names.has(`${kind} ${name}`));
      expect(unseen).toEqual([]);
    }
  });

  if (PROTOTYPES.includes(id)) {
    test.skipIf(reason)(`every prototype is as pfunct shows it${why}`, () => {
      const ours = new Set([...btf.ids('func')].map((found) => normaliseDeclaration(btf.declare(found))));
      const theirs = pfunctPrototypes(path);
      expect(theirs.length).toBeGreaterThan(30_000);
      expect(theirs.filter((prototype) => !ours.has(prototype))).toEqual([]);
    });
  }

  test.skipIf(reason)(`every path of a flattened layout leads to its offset${why}`, () => {
    for (const type of ['task_struct', 'pt_regs', 'module', 'sk_buff', 'mm_struct', 'page']) {
      const { fields } = btf.layout(type, { flatten: true })!;
      expect(fields.length).toBeGreaterThan(10);
      for (const field of fields) expect(btf.field(type, field.name)).toEqual(field);
    }
  });
});
