const SLOT = 32;
const SLOTS = 128;
const IRET = 23;
const MOV_EAX = 0xb8;
const RET = 0xc3;
const UD2 = [0x0f, 0x0b];
/** As the processor's vendor has it. */
const CALL = { amd: [0x0f, 0x01, 0xd9], intel: [0x0f, 0x01, 0xc1] } as const;

/** The page of code that the MSR of CPUID leaf 40000002 puts into a guest: MOV EAX, number; VMMCALL; RET (Xen arch/x86/hvm). */
export function hvmHypercallPage(vendor: keyof typeof CALL): Uint8Array {
  const page = new Uint8Array(SLOT * SLOTS).fill(0xcc);
  const view = new DataView(page.buffer);
  for (let number = 0; number < SLOTS; number++) {
    const at = number * SLOT;
    if (number === IRET) {
      page.set(UD2, at);
      continue;
    }
    page[at] = MOV_EAX;
    view.setUint32(at + 1, number, true);
    page.set([...CALL[vendor], RET], at + 5);
  }
  return page;
}
