import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorpusFailure } from './failure.js';
import { type Finished, run } from './run.js';
import {
  type AptSource,
  type DebianArchives,
  findDebian,
  parseDeb822,
  parseFields,
  parseOneLine,
  renderSources,
} from './sources.js';

/** The part of a package's index entry that is of use here. */
export interface PackageEntry {
  name: string;
  version: string;
  architecture: string;
  sha256: string;
  size: number;
  depends: string[];
}

const OFFLINE =
  /could not resolve|temporary failure resolving|could not connect|unable to connect|cannot initiate the connection|connection (?:timed out|refused|failed|reset)|network is unreachable|no route to host/i;

/** Whether apt's output says that no archive could be reached. */
export function looksOffline(output: string): boolean {
  return OFFLINE.test(output);
}

/** What apt says went wrong: its first complaint, and how many more there are. */
export function complaints(output: string): string {
  const lines = output.split('\n').filter((line) => /^[EW]: /.test(line));
  const [first, ...more] = [...new Set(lines)].map((line) => line.slice(3));
  if (!first) return output.trim();
  return more.length > 0 ? `${first} (and ${more.length} more)` : first;
}

/** Finds out from the machine's own apt configuration where Debian comes from and which keyring signs it. */
export async function machineArchives(): Promise<DebianArchives & { keyring: string }> {
  const config = await run('apt-config', [
    'shell',
    'list',
    'Dir::Etc::sourcelist/f',
    'parts',
    'Dir::Etc::sourceparts/d',
  ]);
  const list = shellValue(config.stdout, 'list');
  const parts = shellValue(config.stdout, 'parts');
  const sources: AptSource[] = [];
  if (list && existsSync(list)) sources.push(...parseOneLine(readFileSync(list, 'utf8')));
  for (const name of parts && existsSync(parts) ? readdirSync(parts).sort() : []) {
    const text = (): string => readFileSync(join(parts!, name), 'utf8');
    if (name.endsWith('.list')) sources.push(...parseOneLine(text()));
    else if (name.endsWith('.sources')) sources.push(...parseDeb822(text()));
  }
  const archives = findDebian(sources);
  if (!archives) {
    throw new CorpusFailure(
      'offline',
      "no Debian archive among this machine's apt sources: run this where apt is set up for Debian",
    );
  }
  return { ...archives, keyring: await findKeyring(archives.signedBy) };
}

async function findKeyring(signedBy: string | undefined): Promise<string> {
  // The whole keyring first: a source may be signed by the key of its own release only.
  const owned = await run('dpkg', ['-L', 'debian-archive-keyring']);
  const found = [...owned.stdout.split('\n'), signedBy ?? ''].find(
    (path) => /\/debian-archive-keyring\.(?:gpg|pgp)$/.test(path) && existsSync(path),
  );
  const keyring = found ?? signedBy;
  if (keyring && existsSync(keyring)) return keyring;
  throw new CorpusFailure(
    'offline',
    "no keyring to check Debian's signatures with: install the package debian-archive-keyring",
  );
}

/** A private apt root for one suite: its own lists, cache and sources; the machine's proxy and logins. */
export class AptRoot {
  private readonly config: string;
  private updateOutput = '';

  constructor(
    private readonly directory: string,
    readonly suite: string,
    archives: DebianArchives & { keyring: string },
    architectures: string[],
    archived: boolean,
  ) {
    this.config = join(directory, 'apt.conf');
    for (const sub of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(directory, sub), { recursive: true });
    }
    writeFileSync(join(directory, 'status'), '');
    writeFileSync(
      join(directory, 'debian.sources'),
      renderSources(archives, { suite, architectures, keyring: archives.keyring, archived }),
      // A source address may carry a login.
      { mode: 0o600 },
    );
    writeFileSync(this.config, aptConfig(directory, architectures));
  }

  /** Fetches the indexes. Returns apt's complaints, or undefined when there are none. */
  async update(): Promise<string | undefined> {
    // Without Error-Mode an archive that cannot be reached is only a warning and the exit code is 0.
    const done = await this.apt('apt-get', ['update', '-q', '-o', 'APT::Update::Error-Mode=any']);
    if (done.code === 0) return undefined;
    this.updateOutput = done.stderr + done.stdout;
    return complaints(this.updateOutput);
  }

  /** The index entries of a package, newest first, or only that of an exact version; never empty. */
  async show(
    name: string,
    architecture: string,
    version?: string,
  ): Promise<[PackageEntry, ...PackageEntry[]]> {
    const wanted = `${name}:${architecture}${version ? `=${version}` : ''}`;
    const done = await this.apt('apt-cache', ['show', '--all-versions', wanted]);
    const [first, ...older] = done.code === 0 ? parseEntries(done.stdout) : [];
    if (first) return [first, ...older];
    const offline = looksOffline(this.updateOutput);
    const why = this.updateOutput ? `; apt-get update said: ${complaints(this.updateOutput)}` : '';
    throw new CorpusFailure(
      offline ? 'offline' : this.updateOutput ? 'failed' : 'unavailable',
      `no package ${wanted} in ${this.suite}${why}`,
    );
  }

  /** Downloads a package into `into`; apt checks it against the signed index. Returns its path. */
  async download(entry: PackageEntry, into: string): Promise<string> {
    const wanted = `${entry.name}:${entry.architecture}=${entry.version}`;
    const done = await this.apt('apt-get', ['download', '-q', wanted], into);
    const deb = readdirSync(into).find((name) => name.endsWith('.deb'));
    if (done.code === 0 && deb) return join(into, deb);
    const output = done.stderr + done.stdout;
    throw new CorpusFailure(
      looksOffline(output) ? 'offline' : /\b404\b/.test(output) ? 'unavailable' : 'failed',
      `apt-get download ${wanted}: ${complaints(output)}`,
    );
  }

  /** Drops what apt computed from the indexes: it is larger than the corpus and quickly made again. */
  clean(): void {
    rmSync(join(this.directory, 'cache'), { recursive: true, force: true });
  }

  private apt(command: string, args: string[], cwd?: string): Promise<Finished> {
    return run(command, ['-c', this.config, ...args], { cwd });
  }
}

/** Parses the output of `apt-cache show`; entries that lack what is needed here are left out. */
export function parseEntries(text: string): PackageEntry[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = parseFields(stanza);
    const name = fields.get('package');
    const version = fields.get('version');
    const architecture = fields.get('architecture');
    const sha256 = fields.get('sha256');
    if (!name || !version || !architecture || !sha256) return [];
    const depends = (fields.get('depends') ?? '').split(',').map((part) => part.trim());
    return [{ name, version, architecture, sha256, size: Number(fields.get('size')), depends }];
  });
}

/** The dependency whose name matches, with its version where the metapackage pins one. */
export function findDependency(
  entry: PackageEntry,
  name: RegExp,
): { name: string; version?: string } | undefined {
  for (const depends of entry.depends) {
    const match = /^([^\s:(|]+)\S*(?:\s*\(=\s*([^)\s]+)\s*\))?/.exec(depends);
    if (match && name.test(match[1]!)) return { name: match[1]!, version: match[2] };
  }
  return undefined;
}

/**
 * Read after the machine's configuration, so its proxy settings stay. Cleared: hooks that act on the system,
 * its foreign architectures and its default release. Set again: what keeps unsigned archives out.
 */
function aptConfig(directory: string, architectures: string[]): string {
  return [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear APT::Architectures;',
    '#clear APT::Default-Release;',
    `APT::Architecture "${architectures[0]}";`,
    `APT::Architectures { ${architectures.map((name) => `"${name}";`).join(' ')} };`,
    `Dir::State "${directory}";`,
    `Dir::State::lists "${directory}/lists/";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    `Dir::Etc::SourceList "${directory}/debian.sources";`,
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::Etc::Preferences "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    // A home directory is usually closed to the user that apt drops to.
    'APT::Sandbox::User "root";',
    'APT::Get::AllowUnauthenticated "false";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "30";',
    'Acquire::https::Timeout "30";',
    '',
  ].join('\n');
}

function shellValue(text: string, name: string): string | undefined {
  return new RegExp(`^${name}='(.*)'$`, 'm').exec(text)?.[1];
}
