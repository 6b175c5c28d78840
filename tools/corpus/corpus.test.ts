import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { complaints, findDependency, looksOffline, parseEntries } from './apt.js';
import { corpusFile, corpusReason } from './locate.js';
import {
  corpusDirectory,
  formatManifest,
  isIntact,
  MANIFEST_SCHEMA,
  type Manifest,
  type ManifestItem,
  parseManifest,
  readManifest,
  withItem,
  withMissing,
  writeManifest,
} from './manifest.js';
import { ARCHIVED_SUITES, fileIds, ITEMS, itemOfFile } from './packages.js';
import { findDebian, parseDeb822, parseOneLine, renderSources } from './sources.js';

const KEYRING = '/keys/debian-archive-keyring.gpg';

describe('one-line sources', () => {
  it('reads options, components and trailing comments', () => {
    const text = [
      '# deb http://off.example/debian bookworm main',
      `deb [arch=amd64 signed-by=${KEYRING}] http://mirror.example/debian bookworm main contrib # ours`,
      'deb-src http://mirror.example/debian bookworm main',
      '  deb\thttp://mirror.example/security\tbookworm-security\tmain',
      'debris',
    ].join('\n');
    expect(parseOneLine(text)).toEqual([
      {
        uris: ['http://mirror.example/debian'],
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        signedBy: KEYRING,
      },
      {
        uris: ['http://mirror.example/security'],
        suites: ['bookworm-security'],
        components: ['main'],
        signedBy: undefined,
      },
    ]);
  });
});

describe('deb822 sources', () => {
  it('reads stanzas with folded values, comments and any case of field names', () => {
    const text = [
      'Types: deb deb-src',
      'URIs: http://mirror.example/debian',
      '  http://second.example/debian',
      '# a comment inside a stanza',
      'suites: bookworm',
      ' bookworm-updates',
      'Components: main',
      `Signed-By: ${KEYRING}`,
      '   ',
      'Types: deb',
      'Enabled: no',
      'URIs: http://off.example/debian',
      'Suites: bookworm',
      'Components: main',
      '',
      'Types: deb-src',
      'URIs: http://source.example/debian',
      'Suites: bookworm',
      'Components: main',
    ].join('\r\n');
    expect(parseDeb822(text)).toEqual([
      {
        uris: ['http://mirror.example/debian', 'http://second.example/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: KEYRING,
      },
    ]);
  });

  it('does not take an inline key for a keyring file', () => {
    const text = [
      'Types: deb',
      'URIs: http://mirror.example/debian',
      'Suites: trixie',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzr',
      ' -----END PGP PUBLIC KEY BLOCK-----',
    ].join('\n');
    expect(parseDeb822(text)[0]).toMatchObject({ suites: ['trixie'], signedBy: undefined });
  });
});

describe('finding Debian among the sources', () => {
  it('takes the archive and the security archive, whatever their suite', () => {
    const sources = parseOneLine(
      [
        'deb cdrom:[Debian_12]/ bookworm main',
        'deb http://mirror.example/debian stable main',
        'deb http://security.example/s stable-security main',
      ].join('\n'),
    );
    expect(findDebian(sources)).toEqual({
      main: 'http://mirror.example/debian',
      security: 'http://security.example/s',
      signedBy: undefined,
    });
  });

  it('knows the security suite name that ends in /updates', () => {
    const sources = parseOneLine(
      'deb http://mirror.example/d buster main\ndeb http://mirror.example/s buster/updates main',
    );
    expect(findDebian(sources)?.security).toBe('http://mirror.example/s');
  });

  it("prefers Debian's keyring to a third party that uses Debian's suite names", () => {
    const sources = parseOneLine(
      [
        'deb [signed-by=/keys/vendor.gpg] http://vendor.example/apt bookworm main',
        `deb [signed-by=${KEYRING}] http://mirror.example/debian bookworm main`,
      ].join('\n'),
    );
    expect(findDebian(sources)).toEqual({
      main: 'http://mirror.example/debian',
      security: undefined,
      signedBy: KEYRING,
    });
  });

  it('finds none where there is none', () => {
    const text = [
      'deb http://other.example/ubuntu noble main universe',
      'deb http://vendor.example/apt bookworm stable',
      'deb http://vendor.example/db bookworm-db main',
    ].join('\n');
    expect(findDebian(parseOneLine(text))).toBeUndefined();
  });
});

describe('private sources', () => {
  const archives = { main: 'http://mirror.example/debian', security: 'http://mirror.example/s' };

  it('substitutes the suite and requires the signature', () => {
    const text = renderSources(archives, {
      suite: 'trixie',
      architectures: ['amd64', 'arm64'],
      keyring: KEYRING,
    });
    expect(parseDeb822(text)).toEqual([
      {
        uris: [archives.main],
        suites: ['trixie', 'trixie-updates'],
        components: ['main'],
        signedBy: KEYRING,
      },
      { uris: [archives.security], suites: ['trixie-security'], components: ['main'], signedBy: KEYRING },
    ]);
    expect(text).toContain('Architectures: amd64 arm64\n');
    expect(text).not.toMatch(/trusted|Check-Valid-Until/i);
  });

  it('accepts an old date, and only that, for an archived suite', () => {
    const want = { suite: 'bullseye', architectures: ['i386'], keyring: KEYRING, archived: true };
    const text = renderSources({ main: archives.main }, want);
    expect(text).toContain('Check-Valid-Until: no\n');
    expect(text).not.toMatch(/trusted/i);
    expect(parseDeb822(text)).toHaveLength(1);
  });
});

describe('package entries', () => {
  const text = [
    'Package: linux-image-cloud-amd64',
    'Architecture: amd64',
    'Version: 6.1.2-1',
    'Depends: linux-base (>= 4), linux-image-6.1.0-9-cloud-amd64 (= 6.1.2-1)',
    'Description: Linux for',
    ' clouds',
    'Size: 1500',
    'SHA256: aa',
    '',
    'Package: linux-image-cloud-amd64',
    'Architecture: amd64',
    'Version: 6.1.1-1',
    'Depends: linux-image-6.1.0-8-cloud-amd64',
    'Size: 1400',
    'SHA256: bb',
    '',
    'Package: half-an-entry',
    '',
  ].join('\n');

  it('come one per version', () => {
    expect(parseEntries(text).map(({ version, sha256, size }) => [version, sha256, size])).toEqual([
      ['6.1.2-1', 'aa', 1500],
      ['6.1.1-1', 'bb', 1400],
    ]);
    expect(parseEntries('')).toEqual([]);
  });

  it('lead to the package that a metapackage stands for', () => {
    const [pinned, loose] = parseEntries(text);
    const name = itemOfFile('debian-12-cloud-amd64')!.depends!;
    expect(findDependency(pinned!, name)).toEqual({
      name: 'linux-image-6.1.0-9-cloud-amd64',
      version: '6.1.2-1',
    });
    expect(findDependency(loose!, name)).toEqual({
      name: 'linux-image-6.1.0-8-cloud-amd64',
      version: undefined,
    });
    expect(findDependency(pinned!, /^xen-/)).toBeUndefined();
  });
});

describe("apt's output", () => {
  it('tells a missing network from a missing file', () => {
    expect(looksOffline("W: Failed to fetch x  Temporary failure resolving 'mirror.example'")).toBe(true);
    expect(looksOffline('E: Failed to fetch x  Could not connect to 192.0.2.1:9 - connect (111)')).toBe(true);
    expect(looksOffline('E: Failed to fetch x  404  Not Found')).toBe(false);
  });

  it('is cut down to what went wrong, once', () => {
    expect(complaints('Hit:1 x\nW: slow\nE: gone\nE: gone\n')).toBe('slow (and 1 more)');
    expect(complaints('killed\n')).toBe('killed');
  });
});

describe('the table', () => {
  it('has every id once', () => {
    expect(new Set(ITEMS.map(({ id }) => id)).size).toBe(ITEMS.length);
    expect(new Set(fileIds()).size).toBe(fileIds().length);
  });

  it('only calls a suite archived that it uses', () => {
    for (const suite of ARCHIVED_SUITES) expect(ITEMS.map((item) => item.suite)).toContain(suite);
  });
});

const ITEM: ManifestItem = {
  id: 'debian-12-cloud-amd64',
  suite: 'bookworm',
  package: 'linux-image-6.1.0-9-cloud-amd64',
  version: '6.1.2-1',
  architecture: 'amd64',
  packageSha256: 'aa',
  release: '6.1.0-9-cloud-amd64',
  files: [
    {
      id: 'debian-12-cloud-amd64',
      path: 'files/k/vmlinuz',
      size: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
  ],
  config: { id: 'debian-12-cloud-amd64-config', path: 'files/k/config', size: 0, sha256: 'e3b0' },
};
const EMPTY: Manifest = { schema: MANIFEST_SCHEMA, items: [], missing: [] };

describe('the manifest', () => {
  it('keeps an item that could not be refreshed, and forgets why once it could', () => {
    const failed = withMissing(withItem(EMPTY, ITEM), { id: ITEM.id, kind: 'offline', reason: 'no network' });
    expect(failed.items).toEqual([ITEM]);
    expect(formatManifest(failed)).toContain('not refreshed (offline): no network');
    const newer = { ...ITEM, version: '6.1.3-1' };
    expect(withItem(failed, newer)).toEqual({ ...EMPTY, items: [newer] });
  });

  it('is a table for people', () => {
    expect(formatManifest(withItem(EMPTY, ITEM)).split('\n')).toEqual([
      'ID                     SIZE  PACKAGE                          VERSION  ARCH   SUITE     SHA256',
      'debian-12-cloud-amd64  3     linux-image-6.1.0-9-cloud-amd64  6.1.2-1  amd64  bookworm  ba7816bf8f01cfea',
      '',
    ]);
  });

  it('of another version, or damaged, counts as empty', () => {
    expect(parseManifest(JSON.stringify(EMPTY))).toEqual(EMPTY);
    expect(parseManifest(JSON.stringify({ ...EMPTY, schema: 0 }))).toBeUndefined();
    expect(parseManifest('{"schema": 1}')).toBeUndefined();
    expect(parseManifest('null')).toBeUndefined();
    expect(parseManifest('{')).toBeUndefined();
  });

  it('lies under XDG_CACHE_HOME when that is absolute', () => {
    expect(corpusDirectory({ XDG_CACHE_HOME: '/c' })).toBe('/c/zeropage/corpus');
    expect(corpusDirectory({ XDG_CACHE_HOME: 'c' })).toMatch(/^\/.*\/\.cache\/zeropage\/corpus$/);
  });
});

describe('locating a file', () => {
  let cache: string;
  let directory: string;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'zeropage-corpus-'));
    directory = join(cache, 'zeropage', 'corpus');
    vi.stubEnv('XDG_CACHE_HOME', cache);
    mkdirSync(join(directory, 'files', 'k'), { recursive: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });

  it('throws on an id that is not in the table', () => {
    expect(() => corpusFile('debian-12-clod')).toThrow(
      /no corpus file "debian-12-clod".*debian-12-cloud-amd64/,
    );
  });

  it('says what to do when nothing was fetched', () => {
    expect(corpusFile(ITEM.id)).toBeUndefined();
    expect(corpusReason(ITEM.id)).toMatch(/not fetched: run "npm run corpus"/);
  });

  it('repeats why the last fetch failed', () => {
    writeManifest(
      directory,
      withMissing(EMPTY, { id: ITEM.id, kind: 'unavailable', reason: 'gone from the pool' }),
    );
    expect(corpusReason(ITEM.id)).toMatch(/gone from the pool/);
  });

  it('gives absolute paths of what is there', async () => {
    writeManifest(directory, withItem(EMPTY, ITEM));
    writeFileSync(join(directory, 'files/k/vmlinuz'), 'abc');
    expect(readManifest(directory).items).toEqual([ITEM]);
    expect(corpusFile(ITEM.id)).toMatchObject({
      path: join(directory, 'files/k/vmlinuz'),
      release: '6.1.0-9-cloud-amd64',
      config: undefined,
      systemMap: undefined,
    });
    writeFileSync(join(directory, 'files/k/config'), '');
    expect(corpusFile(ITEM.id)?.config).toBe(join(directory, 'files/k/config'));
    expect(corpusReason(ITEM.id)).toBeUndefined();
  });

  it('does not give a damaged file', async () => {
    const plain = { ...ITEM, config: undefined };
    writeManifest(directory, withItem(EMPTY, plain));
    writeFileSync(join(directory, 'files/k/vmlinuz'), 'ab');
    expect(corpusReason(ITEM.id)).toMatch(/damaged/);
    // Same size, other content: only the full check of the fetcher sees that.
    writeFileSync(join(directory, 'files/k/vmlinuz'), 'abd');
    expect(await isIntact(directory, plain)).toBe(false);
    writeFileSync(join(directory, 'files/k/vmlinuz'), 'abc');
    expect(await isIntact(directory, plain)).toBe(true);
  });
});
