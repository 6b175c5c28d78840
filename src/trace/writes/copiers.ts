/**
 * Functions that write what others mean to: lib/string.c, lib/bitmap.c, arch/x86/lib/mem*_64.S, clear_page_64.S, copy_page_64.S,
 * and operations of `pv_ops` that write where they are told (arch/x86/include/asm/paravirt_types.h).
 */
const names =
  /^(_*(mem(cpy|move|set|zero)(_\w+)?|str(n|l|s)?(cpy|cat)|sized_strscpy|clear_page\w*|copy_page\w*|bitmap_\w+|set_bit|clear_bit)|rep_stos\w*|rep_movs\w*|(native|xen)_(cpuid|set_p[tmu4g]d|set_pte\w*|write_\w+_entry))$/;

export function isCopier(name: string): boolean {
  return names.test(name);
}
