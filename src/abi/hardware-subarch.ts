/**
 * Values of setup_header.hardware_subarch (protocol ≥ 2.07) by name.
 * Source: Linux Documentation/arch/x86/boot.rst; enum x86_hardware_subarch in
 * arch/x86/include/uapi/asm/bootparam.h.
 */
export const hardwareSubarch = {
  PC: 0,
  LGUEST: 1,
  XEN: 2,
  INTEL_MID: 3,
  CE4100: 4,
} as const;
