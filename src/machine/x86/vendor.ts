/**
 * Whose processor it is, as far as processors differ in what they do: Intel's ways (Intel SDM) or AMD's (AMD APM). Hygon
 * makes AMD's, Centaur and Zhaoxin follow Intel; a vendor nobody knows gets AMD's, as the default is.
 */
export type Vendor = 'amd' | 'intel';

/** By the last four characters of the vendor's name, which are what CPUID leaf 0 has in ECX. */
const likeIntel: ReadonlySet<string> = new Set(['ntel', 'auls', 'ai  ']);

export function vendorOf(cpuid: (leaf: number, subleaf: number) => { readonly ecx: number }): Vendor {
  const { ecx } = cpuid(0, 0);
  return vendorNamed(String.fromCharCode(...[0, 8, 16, 24].map((by) => (ecx >>> by) & 0xff)));
}

/** By the vendor's name, or the end of it. */
export function vendorNamed(name: string): Vendor {
  return likeIntel.has(name.slice(-4)) ? 'intel' : 'amd';
}
