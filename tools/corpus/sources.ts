/**
 * Reading the machine's apt sources and writing ours.
 *
 * No mirror is named in this repository: the Debian archive and its security archive are whatever this
 * machine already uses, and only the suite is substituted. What comes from there is trusted by signature
 * (see `renderSources`), never by address.
 */

/** One `deb` source: every URI of it is offered for every suite of it. */
export interface AptSource {
  uris: string[];
  suites: string[];
  components: string[];
  signedBy?: string;
}

/** Where this machine gets Debian from. */
export interface DebianArchives {
  main: string;
  security?: string;
  signedBy?: string;
}

/** What to write into the private root for one suite. */
export interface SuiteSources {
  suite: string;
  architectures: string[];
  keyring: string;
  /** The suite is no longer refreshed, so its Release file may be past its Valid-Until date. */
  archived?: boolean;
}

const DEBIAN_SUITE =
  /^(?:stretch|buster|bullseye|bookworm|trixie|forky|duke|sid|(?:old){0,2}stable|testing|unstable)$/;
const SECURITY_SUFFIX = /(?:-security|\/updates)$/;

/** Parses a one-line-style file (`deb [options] uri suite component...`). */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    const match = /^deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
    if (!match) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    sources.push({ uris: [uri], suites: [suite], components: words(components), signedBy });
  }
  return sources;
}

/** Parses a deb822-style file (stanzas of `Field: value`). */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  // A comment line neither ends a stanza nor a folded value, so comments go first.
  const bare = text.replace(/\r/g, '').replace(/^#.*\n?/gm, '');
  for (const stanza of bare.split(/\n[ \t]*\n+/)) {
    const fields = parseFields(stanza);
    if (!words(fields.get('types')).includes('deb')) continue;
    if (/^(?:no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? '')) continue;
    const signedBy = fields.get('signed-by');
    sources.push({
      uris: words(fields.get('uris')),
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      // An inline key is no keyring file, and a list of fingerprints is none either.
      signedBy: signedBy?.startsWith('/') ? words(signedBy)[0] : undefined,
    });
  }
  return sources;
}

/** Parses `Field: value` lines with folded continuations; field names are lower-cased. */
export function parseFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of stanza.split('\n')) {
    const field = /^([^\s:]+)[ \t]*:[ \t]*(.*)$/.exec(line);
    if (field) {
      last = field[1]!.toLowerCase();
      fields.set(last, field[2]!.trim());
    } else if (/^[ \t]/.test(line) && last) {
      fields.set(last, `${fields.get(last)} ${line.trim()}`.trim());
    }
  }
  return fields;
}

/** Picks the Debian archive and its security archive out of the sources, if Debian is among them. */
export function findDebian(sources: AptSource[]): DebianArchives | undefined {
  const usable = sources
    .map((source) => ({ ...source, uris: source.uris.filter((uri) => !uri.startsWith('cdrom:')) }))
    .filter((source) => source.uris.length > 0 && source.components.includes('main'));
  const main = usable
    .filter((source) => source.suites.some((suite) => DEBIAN_SUITE.test(suite)))
    .sort((a, b) => score(b) - score(a))[0];
  if (!main) return undefined;
  const security = usable
    .filter((source) =>
      source.suites.some(
        (suite) => SECURITY_SUFFIX.test(suite) && DEBIAN_SUITE.test(suite.replace(SECURITY_SUFFIX, '')),
      ),
    )
    .sort((a, b) => score(b) - score(a))[0];
  return { main: main.uris[0]!, security: security?.uris[0], signedBy: main.signedBy ?? security?.signedBy };
}

/** The suites to ask each archive for; the names hold from bullseye on. */
export function suitesOf(suite: string): { main: string[]; security: string[] } {
  return { main: [suite, `${suite}-updates`], security: [`${suite}-security`] };
}

/** Writes the deb822 text of a private sources file: this machine's archives, our suite, signatures required. */
export function renderSources(archives: DebianArchives, want: SuiteSources): string {
  const { main, security } = suitesOf(want.suite);
  const stanza = (uri: string, suites: string[]): string =>
    [
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${suites.join(' ')}`,
      'Components: main',
      `Architectures: ${want.architectures.join(' ')}`,
      'Targets: Packages',
      `Signed-By: ${want.keyring}`,
      // Nobody re-signs an archived suite, so its date runs out; the signature itself is still checked.
      ...(want.archived ? ['Check-Valid-Until: no'] : []),
      '',
    ].join('\n');
  const stanzas = [stanza(archives.main, main)];
  if (archives.security) stanzas.push(stanza(archives.security, security));
  return stanzas.join('\n');
}

/** A third party may use Debian's suite names; Debian's own keyring tells its entries apart. */
function score(source: AptSource): number {
  return (
    (source.signedBy?.includes('debian-archive') ? 2 : 0) +
    (source.suites.some((s) => s.endsWith('-updates')) ? 1 : 0)
  );
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}
