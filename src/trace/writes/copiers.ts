/**
 * Functions that write what others mean to: lib/string.c, lib/bitmap.c, arch/x86/lib/mem*_64.S, clear_page_64.S, copy_page_64.S,
 * and of `pv_ops` what has four results.
 */
const names =
  /^(_*(mem(cpy|move|set|zero)(_\w+)?|str(n|l|s)?(cpy|cat)|sized_strscpy|clear_page\w*|copy_page\w*|bitmap_\w+|set_bit|clear_bit)|rep_stos\w*|rep_movs\w*|(native|xen)_cpuid)$/;

export function isCopier(name: string): boolean {
  return names.test(name);
}
