/**
 * What GCC and Clang put behind the name of a function that they changed: the whole of it under another name (IPA-SRA, constant
 * propagation, link-time optimisation), or a part that was split off.
 */
const whole = ['isra', 'constprop', 'lto_priv', 'llvm', 'localalias'];
const parts = ['part', 'cold'];

const suffixes = (kinds: readonly string[]): RegExp => new RegExp(`(\\.(${kinds.join('|')})(\\.\\d+)*)+$`);
const ofWhole = suffixes(whole);
const ofAll = suffixes([...whole, ...parts]);
/** Numbers of local names, which every build gives anew, and what comes behind. */
const numbered = new RegExp(`\\.(?:${[...whole, ...parts].join('|')}|\\d+)(?:\\.|$).*`);

/** The name in the source of what still is a whole function; a part keeps the name of a part. */
export const wholeName = (name: string): string => name.replace(ofWhole, '');

/** The name in the source of the function that something is, or is a part of. */
export const compiledName = (name: string): string => name.replace(ofAll, '');

/** What a name of a function or variable is in every build of a source. */
export const lastingName = (name: string): string => name.replace(numbered, '');
