import { STARTUP_64 } from '../../src/abi/setup-header.js';
import type { Image } from '../../src/image/image.js';
import type { Fault, WayName } from './fault.js';
import { any, KernelPatch } from './kernel-patch.js';

/** A fault made by changing bytes of a distribution's kernel, found by the kernel's own symbols: no compiler. */
export interface PatchedFault extends Fault {
  /** What of the kernel is patched; its twin is the same without the patch. */
  readonly of: 'bzImage' | 'payload';
  /** The faulty kernel's file; throws where the kernel is not built as it expects. */
  readonly patch: (image: Image) => Uint8Array;
}

/** Ways into the ELF file of a kernel. */
const native: readonly WayName[] = ['linux64', 'pvh', 'pvh/xen-pvh'];
const pvh: readonly WayName[] = ['pvh', 'pvh/xen-pvh'];

/** elfnote.h: the 32-bit entry of PVH. */
const PHYS32_ENTRY = 18;
/** Of a program header: p_align. */
const P_ALIGN = 0x30;

/** With the patches of an ELF file. */
const elf =
  (change: (patch: KernelPatch) => void) =>
  (image: Image): Uint8Array => {
    const patch = new KernelPatch(image);
    change(patch);
    return patch.data;
  };

export const patchedFaults: readonly PatchedFault[] = [
  {
    id: 'patched-cr4-shadow-pv',
    title: 'CR4 shadow not written on Xen PV',
    expected: { rules: ['missing-call'], ways: ['xen-pv'] },
    of: 'payload',
    patch: elf((patch) => {
      const shadow = patch.address('cpu_tlbstate');
      // mov %rax, %gs:…(%rip)
      const store = patch.place('xen_start_kernel', [0x65, 0x48, 0x89, 0x05, ...any(4)], (end) => {
        const offset = patch.relative(end) - shadow;
        return offset >= 0n && offset < 64n;
      });
      patch.nop(store, 8);
    }),
  },
  {
    id: 'patched-early-handler-pv',
    title: 'idt_setup_early_handler not called on Xen PV',
    expected: { rules: ['missing-call'], ways: ['xen-pv'] },
    of: 'payload',
    patch: elf((patch) => patch.nop(patch.call('xen_start_kernel', 'idt_setup_early_handler'), 5)),
  },
  {
    id: 'patched-bss-cleared-late',
    title: '.bss cleared behind copy_bootdata',
    expected: { rules: ['write-before-clear'], ways: native },
    // clear_bss and load_ucode_bsp change places; x86_64_start_reservations then copies once more.
    of: 'payload',
    patch: elf((patch) => {
      const names = ['clear_bss', 'load_ucode_bsp'] as const;
      const [clear, microcode] = names.map((name) => patch.call('x86_64_start_kernel', name));
      patch.redirect(clear!, patch.address(names[1]));
      patch.redirect(microcode!, patch.address(names[0]));
    }),
  },
  {
    id: 'patched-acpi-too-early',
    title: 'acpi_boot_table_init before early_ioremap_init',
    // Through PVH, where the RSDP is at the beginning of a page, it takes the address for none.
    expected: { rules: ['too-early'], ways: ['linux64'] },
    of: 'payload',
    patch: elf((patch) =>
      patch.redirect(
        patch.call('x86_64_start_kernel', 'tdx_early_init'),
        patch.address('acpi_boot_table_init'),
      ),
    ),
  },
  {
    id: 'patched-cr4-kept',
    title: 'CR4 not cleared of what the loader left',
    expected: { rules: ['leaked-state'], ways: ['linux64'] },
    options: ['--vary', '1'],
    // mov %cr4, %rcx; and %edx, %ecx
    of: 'payload',
    patch: elf((patch) => patch.nop(patch.place('common_startup_64', [0x0f, 0x20, 0xe1, 0x21, 0xd1]) + 3, 2)),
  },
  {
    id: 'patched-rsdp-lost',
    title: 'RSDP of the start info not handed over by the stub of PVH',
    expected: { rules: ['missing-field'], ways: pvh },
    of: 'payload',
    patch: elf((patch) => {
      const giver = BigInt.asIntN(32, patch.address('pvh_get_root_pointer'));
      const value = [0n, 8n, 16n, 24n].map((shift) => Number((giver >> shift) & 0xffn));
      // movq $pvh_get_root_pointer, …(%rip)
      patch.nop(patch.place('xen_prepare_pvh', [0x48, 0xc7, 0x05, ...any(4), ...value]), 11);
    }),
  },
  {
    id: 'patched-amd-msr',
    title: "AMD's SYSCFG read whoever made the processor",
    expected: { rules: ['processor-assumption'], ways: native },
    options: ['--vary', '1'],
    of: 'payload',
    patch: elf((patch) => {
      // mov $MSR_GS_BASE, %ecx … wrmsr: the base is set again before anything asks for it.
      const write = patch.place('startup_64', [0xb9, 0x01, 0x01, 0x00, 0xc0, ...any(13), 0x0f, 0x30]);
      patch.put(write + 1, [0x10, 0x00, 0x01]);
      patch.put(write + 18, [0x0f, 0x32]);
    }),
  },
  {
    id: 'patched-pae-assumed',
    title: 'PAE taken for switched on by the stub of PVH',
    expected: { rules: ['processor-assumption'], ways: pvh },
    of: 'payload',
    // mov %cr4, %eax; or $X86_CR4_PAE, %eax; mov %eax, %cr4
    patch: elf((patch) =>
      patch.nop(patch.place('pvh_start_xen', [0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0]) + 3, 3),
    ),
  },
  {
    id: 'patched-pvh-note-stripped',
    title: 'The note of the PVH entry is missing',
    expected: { rules: ['offered-entries'], ways: [] },
    // Its owner is nobody's.
    of: 'payload',
    patch: elf((patch) => patch.put(patch.xenNote(PHYS32_ENTRY) + 12, [...new TextEncoder().encode('Nex')])),
  },
  {
    id: 'patched-note-misaligned',
    title: 'Notes padded to 4 bytes in a segment aligned to 8',
    expected: { rules: ['note-alignment'], ways: [] },
    of: 'payload',
    patch: elf((patch) => {
      for (const header of patch.noteHeaders()) patch.put(header + P_ALIGN, [8]);
    }),
  },
  {
    id: 'patched-xlf-without-code',
    title: 'XLF_KERNEL_64 without code at the 64-bit entry',
    expected: { rules: ['xlf-kernel-64-without-code'], ways: [] },
    of: 'bzImage',
    patch: (image) => {
      const { bzimage } = image.formats;
      if (!bzimage) throw new Error('no bzImage to patch');
      const data = Uint8Array.from(image.bytes.data);
      return data.fill(0, bzimage.setupSize + STARTUP_64, bzimage.setupSize + STARTUP_64 + 0x80);
    },
  },
];
