/** Numbers of model-specific registers (Intel SDM vol. 4; AMD APM vol. 2, appendix A). */
export const MSR = {
  TSC: 0x10,
  PLATFORM_ID: 0x17,
  APIC_BASE: 0x1b,
  TSC_ADJUST: 0x3b,
  MICROCODE_LEVEL: 0x8b,
  MTRR_CAPABILITIES: 0xfe,
  SYSENTER_CS: 0x174,
  SYSENTER_ESP: 0x175,
  SYSENTER_EIP: 0x176,
  MCG_CAP: 0x179,
  MCG_STATUS: 0x17a,
  MCG_CTL: 0x17b,
  MISC_ENABLE: 0x1a0,
  DEBUG_CONTROL: 0x1d9,
  PAT: 0x277,
  MTRR_DEFAULT_TYPE: 0x2ff,
  TSC_DEADLINE: 0x6e0,
  EFER: 0xc0000080,
  STAR: 0xc0000081,
  LSTAR: 0xc0000082,
  CSTAR: 0xc0000083,
  FMASK: 0xc0000084,
  FS_BASE: 0xc0000100,
  GS_BASE: 0xc0000101,
  KERNEL_GS_BASE: 0xc0000102,
  TSC_AUX: 0xc0000103,
} as const;

/** Where the local APIC's registers are in x2APIC mode (Intel SDM vol. 3, table 11-6). */
export const X2APIC_MSR = { first: 0x800, last: 0x8ff } as const;
