/** HYPERVISOR_iret does not come back, and keeps RAX on its stack. */
const IRET = 23;
const SLOT = 32;
const SLOTS = 128;

/** PUSH RCX, PUSH R11: SYSCALL overwrites them. */
const SAVE = [0x51, 0x41, 0x53];
const PUSH_RAX = 0x50;
/** MOV EAX, imm32. */
const NUMBER = 0xb8;
const SYSCALL = [0x0f, 0x05];
/** POP R11, POP RCX, RET. */
const RESTORE = [0x41, 0x5b, 0x59, 0xc3];

/** The page of code that a kernel with HYPERCALL_PAGE calls: 32 bytes a hypercall (Xen arch/x86/pv/hypercall.c). */
export function hypercallPage(): Uint8Array {
  const page = new Uint8Array(SLOT * SLOTS).fill(0xcc);
  const view = new DataView(page.buffer);
  for (let number = 0; number < SLOTS; number++) {
    const isReturn = number === IRET;
    const start = [...SAVE, ...(isReturn ? [PUSH_RAX] : []), NUMBER];
    const at = number * SLOT;
    page.set(start, at);
    view.setUint32(at + start.length, number, true);
    page.set([...SYSCALL, ...(isReturn ? [] : RESTORE)], at + start.length + 4);
  }
  return page;
}
