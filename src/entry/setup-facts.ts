import { hex } from '../core/errors.js';
import type { BzImage } from '../image/container/bzimage.js';
import { movedSetup } from '../image/container/misplaced-setup.js';
import type { Image } from '../image/image.js';
import type { Claim } from './entry.js';
import type { Quoting } from './evidence.js';
import type { Freedom } from './start/vary/freedom.js';

/** A field of the setup header as a number, 0 where the version has no such field. */
export function field(kernel: BzImage, name: string): number {
  return Number(kernel.header[name] ?? 0);
}

/** "2.15", or "older than 2.00". */
export function protocolText(kernel: BzImage): string {
  if (kernel.version === 0) return 'older than 2.00';
  return `${kernel.version >> 8}.${String(kernel.version & 0xff).padStart(2, '0')}`;
}

/**
 * Of a bzImage whose code32_start is 0, as iPXE's is: only its own setup code knows what comes next. Entered at 0 it would be the
 * interrupt vectors; loaders that ignore the field jump to where they loaded it, into whatever lies there.
 */
export function noEntry32(quoting: Quoting): Pick<Claim, 'reason' | 'evidence'> {
  return {
    reason:
      'code32_start is 0: the protected-mode part is not code to be entered, only the setup code in real mode knows what to do with it. Loaders that ignore the field (kexec, crosvm, U-Boot) jump into data.',
    evidence: [quoting.setup('code32_start', 'no address of 32-bit code')],
  };
}

/** A sentence, with the space before it, about a setup header that stands elsewhere; nothing where there is none. */
export function movedText({ bytes, formats, inner }: Image): string {
  const setup = movedSetup(bytes, formats, inner);
  return setup ? ` But ${setup.where}; no loader looks there.` : '';
}

/** Where the protected-mode code may be loaded and what room it needs, as far as the version says so. */
export function loadFacts(kernel: BzImage): Record<string, string> {
  const facts: Record<string, string> = { 'boot protocol': protocolText(kernel) };
  if (kernel.version >= 0x0205) {
    facts.relocatable = field(kernel, 'relocatable_kernel') ? `yes, ${alignment(kernel)}` : 'no';
  }
  if (kernel.version >= 0x020a) {
    facts['preferred load address'] = hex(field(kernel, 'pref_address'));
    facts['memory needed'] = `${hex(field(kernel, 'init_size'))} bytes from the load address on`;
  }
  if (kernel.version >= 0x0206) {
    facts['command line'] = `at most ${field(kernel, 'cmdline_size')} characters`;
  }
  if (kernel.version >= 0x020c) {
    facts.xloadflags = `${hex(field(kernel, 'xloadflags'))} (${kernel.xloadflags.join(', ') || 'none'})`;
  }
  return facts;
}

/** Since 2.10 kernel_alignment is what the kernel prefers and min_alignment what it needs. */
function alignment(kernel: BzImage): string {
  const preferred = hex(field(kernel, 'kernel_alignment'));
  const power = field(kernel, 'min_alignment');
  const least = power > 0 && power < 32 ? hex(2 ** power) : preferred;
  return least === preferred
    ? `aligned to ${preferred}`
    : `aligned to ${preferred} if possible, else to ${least}`;
}

/**
 * What boot.rst leaves open through an entry that takes a zero page; `protocol`: its section on that, `unnamed`: which registers it names,
 * `mode`: what it asks of the mode.
 */
export const zeroPageFreedom = (protocol: string, unnamed: string, mode: string): Freedom => ({
  registers: unnamed,
  flags: `${protocol}, asks of the flags that interrupts are disabled, and no more`,
  cr0: `${protocol}, asks of the mode "${mode}", and no more`,
  cr4: unnamed,
  efer: unnamed,
  fsGs: unnamed,
  idtr: unnamed,
  memory: `${protocol}, says what is loaded and handed over, and of no other memory what is in it`,
  initrd: 'boot.rst, initrd_addr_max: it may lie anywhere up to there',
  loadAddress:
    'boot.rst, relocatable_kernel: "can be loaded at any address that satisfies the kernel_alignment field"',
  rsdp: `${protocol}, has all zero that a loader does not fill in, and zero-page.rst demands no acpi_rsdp_addr`,
  loaderType: 'boot.rst, type_of_loader: that of any loader that was assigned one',
  setupData: 'boot.rst, setup_data: a list to which whoever comes before the kernel may add',
  processor: `${protocol}, asks for no maker and no leaf of CPUID`,
});
