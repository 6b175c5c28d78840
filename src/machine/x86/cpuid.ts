import { MSR } from '../../abi/x86/msr.js';
/**
 * What CPUID tells the guest (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E). Nothing is advertised that is not
 * implemented: every bit names what implements it, and a test holds the two together.
 */

import { type Vendor, vendorNamed } from './vendor.js';

/** Result of one leaf. */
export interface CpuidLeaf {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

type Register = keyof CpuidLeaf;

/** One feature bit. */
interface FeatureBit {
  readonly leaf: number;
  readonly subleaf?: number;
  readonly register: Register;
  readonly bit: number;
  /** Descriptions (by name) that must be in the instruction set. */
  readonly instructions?: readonly string[];
  /** MSRs that must answer. */
  readonly msrs?: readonly number[];
  /** Where it is implemented when it is neither an instruction nor an MSR. */
  readonly part?: string;
}

const edx1 = (bit: number, by: Partial<FeatureBit>): FeatureBit => ({
  leaf: 1,
  register: 'edx',
  bit,
  ...by,
});
const ecx1 = (bit: number, by: Partial<FeatureBit>): FeatureBit => ({
  leaf: 1,
  register: 'ecx',
  bit,
  ...by,
});
const extended = (register: Register, bit: number, by: Partial<FeatureBit>): FeatureBit => ({
  leaf: 0x80000001,
  register,
  bit,
  ...by,
});
const structured = (bit: number, by: Partial<FeatureBit>): FeatureBit => ({
  leaf: 7,
  subleaf: 0,
  register: 'ebx',
  bit,
  ...by,
});

/** Every feature that can be advertised, by the name Linux gives it in /proc/cpuinfo. */
export const cpuidFeatures = {
  fpu: edx1(0, { instructions: ['fninit', 'fld'] }),
  de: edx1(2, { part: 'Breakpoints: on ports under CR4.DE; DR4 and DR5 raise #UD under it' }),
  pse: edx1(3, { part: 'PageWalker: 4 MiB pages' }),
  tsc: edx1(4, { instructions: ['rdtsc'], msrs: [MSR.TSC] }),
  msr: edx1(5, { instructions: ['rdmsr', 'wrmsr'] }),
  pae: edx1(6, { part: 'PageWalker: PAE paging' }),
  mce: edx1(7, { part: 'CR4.MCE; no machine check ever happens' }),
  cx8: edx1(8, { instructions: ['cmpxchg8b'] }),
  apic: edx1(9, { part: 'LocalApic' }),
  sep: edx1(11, {
    instructions: ['sysenter', 'sysexit'],
    msrs: [MSR.SYSENTER_CS, MSR.SYSENTER_ESP, MSR.SYSENTER_EIP],
  }),
  mtrr: edx1(12, {
    msrs: [MSR.MTRR_CAPABILITIES, 0x200, 0x20f, 0x250, 0x258, 0x268, 0x26f, MSR.MTRR_DEFAULT_TYPE],
  }),
  pge: edx1(13, { part: 'CR4.PGE; every flush is of the whole TLB' }),
  mca: edx1(14, { msrs: [MSR.MCG_CAP, MSR.MCG_STATUS] }),
  cmov: edx1(15, { instructions: ['cmovz', 'fcmove', 'fcomi'] }),
  pat: edx1(16, { msrs: [MSR.PAT] }),
  pse36: edx1(17, { part: 'PageWalker: 4 MiB pages above 4 GiB' }),
  clflush: edx1(19, { instructions: ['clflush'] }),
  mmx: edx1(23, {
    instructions: (
      'emms movd movq packssdw packsswb packuswb paddb paddd paddsb paddsw paddusb paddusw paddw pand pandn ' +
      'pcmpeqb pcmpeqd pcmpeqw pcmpgtb pcmpgtd pcmpgtw pmaddwd pmulhw pmullw por pslld psllq psllw psrad psraw ' +
      'psrld psrlq psrlw psubb psubd psubsb psubsw psubusb psubusw psubw punpckhbw punpckhdq punpckhwd punpcklbw ' +
      'punpckldq punpcklwd pxor'
    ).split(' '),
  }),
  fxsr: edx1(24, { instructions: ['fxsave', 'fxrstor'] }),
  sse: edx1(25, {
    instructions: (
      'addps addss andnps andps cmpps cmpss comiss cvtpi2ps cvtps2pi cvtsi2ss cvtss2si cvttps2pi cvttss2si divps ' +
      'divss fence ldmxcsr maskmovq maxps maxss minps minss movaps movhlps movhps movlhps movlps movmskps movntps ' +
      'movss movups mulps mulss orps pavgb pextrw pinsrw pmaxsw pmaxub pminsw pminub pmovmskb pmulhuw psadbw ' +
      'pshufw rcpps rcpss rsqrtps rsqrtss shufps sqrtps sqrtss stmxcsr subps subss ucomiss unpckhps unpcklps xorps'
    ).split(' '),
  }),
  sse2: edx1(26, {
    instructions: (
      'addpd addsd andnpd andpd cmppd cmpsd comisd cvtdq2pd cvtdq2ps cvtpd2dq cvtpd2pi cvtpd2ps cvtpi2pd cvtps2dq ' +
      'cvtps2pd cvtsd2si cvtsd2ss cvtsi2sd cvtss2sd cvttpd2dq cvttpd2pi cvttps2dq cvttsd2si divpd divsd maskmovdqu ' +
      'maxpd maxsd minpd minsd movapd movd movdq2q movdqa movdqu movhpd movlpd movmskpd movntdq movnti movntpd ' +
      'movq movsd movupd mulpd mulsd orpd paddq pmuludq pshufd pshufhw pshuflw pslldq psrldq psubq punpckhqdq ' +
      'punpcklqdq shufpd sqrtpd sqrtsd subpd subsd ucomisd unpckhpd unpcklpd xorpd'
    ).split(' '),
  }),

  pni: ecx1(0, {
    instructions:
      'addsubpd addsubps fisttp haddpd haddps hsubpd hsubps lddqu movddup movshdup movsldup'.split(' '),
  }),
  ssse3: ecx1(9, {
    instructions: (
      'pabsb pabsw pabsd palignr phaddw phaddd phaddsw phsubw phsubd phsubsw pmaddubsw pmulhrsw pshufb ' +
      'psignb psignw psignd'
    ).split(' '),
  }),
  cx16: ecx1(13, { instructions: ['cmpxchg16b'] }),
  pcid: ecx1(17, { part: 'CR4.PCIDE; every load of CR3 flushes' }),
  sse4_1: ecx1(19, {
    instructions: (
      'blendpd blendps blendvpd blendvps dppd dpps insertps movntdqa mpsadbw packusdw pblendvb pblendw pcmpeqq ' +
      'pextrb pextrd pextrq phminposuw pinsrb pinsrd pinsrq pmaxsb pmaxsd pmaxud pmaxuw pminsb pminsd pminud ' +
      'pminuw pmovsxbw pmovsxbd pmovsxbq pmovsxwd pmovsxwq pmovsxdq pmovzxbw pmovzxbd pmovzxbq pmovzxwd ' +
      'pmovzxwq pmovzxdq pmuldq pmulld ptest roundpd roundps roundsd roundss'
    ).split(' '),
  }),
  sse4_2: ecx1(20, {
    instructions: 'crc32 pcmpestri pcmpestrm pcmpistri pcmpistrm pcmpgtq'.split(' '),
  }),
  x2apic: ecx1(21, { part: 'LocalApic: MSRs 0x800–0x8ff' }),
  popcnt: ecx1(23, { instructions: ['popcnt'] }),
  tsc_deadline_timer: ecx1(24, { part: 'LocalApic: MSR 0x6e0' }),
  xsave: ecx1(26, { instructions: ['xsave', 'xrstor', 'xgetbv', 'xsetbv'] }),
  rdrand: ecx1(30, { instructions: ['rdrand'] }),
  hypervisor: ecx1(31, { part: 'leaf 0x40000000' }),

  arat: { leaf: 6, register: 'eax', bit: 2, part: 'LocalApic: its timer never stops' },
  fsgsbase: structured(0, { instructions: ['rdfsbase', 'wrfsbase', 'rdgsbase', 'wrgsbase'] }),
  tsc_adjust: structured(1, { msrs: [MSR.TSC_ADJUST] }),
  smep: structured(7, { part: 'PageWalker: CR4.SMEP' }),
  invpcid: structured(10, { instructions: ['invpcid'] }),
  rdseed: structured(18, { instructions: ['rdseed'] }),
  smap: structured(20, { instructions: ['clac', 'stac'] }),
  umip: {
    leaf: 7,
    subleaf: 0,
    register: 'ecx',
    bit: 2,
    instructions: ['sgdt', 'sidt', 'sldt', 'smsw', 'str'],
  },
  la57: { leaf: 7, subleaf: 0, register: 'ecx', bit: 16, part: 'PageWalker: 5-level paging' },
  xsaveopt: { leaf: 0xd, subleaf: 1, register: 'eax', bit: 0, instructions: ['xsaveopt'] },

  syscall: extended('edx', 11, {
    instructions: ['syscall', 'sysret'],
    msrs: [MSR.STAR, MSR.LSTAR, MSR.CSTAR, MSR.FMASK],
  }),
  nx: extended('edx', 20, { part: 'PageWalker: EFER.NXE' }),
  pdpe1gb: extended('edx', 26, { part: 'PageWalker: 1 GiB pages' }),
  rdtscp: extended('edx', 27, { instructions: ['rdtscp'], msrs: [MSR.TSC_AUX] }),
  lm: extended('edx', 29, { part: 'IA-32e mode' }),
  lahf_lm: extended('ecx', 0, { instructions: ['lahf', 'sahf'] }),
  cr8_legacy: extended('ecx', 4, { part: 'MOV to and from CR8 as LOCK MOV CR0' }),
  invariant_tsc: { leaf: 0x80000007, register: 'edx', bit: 8, part: 'the TSC counts retired instructions' },
  xsaveerptr: { leaf: 0x80000008, register: 'ebx', bit: 2, part: 'FXSAVE: FOP, FIP and FDP always' },
  efer_lmsle_mbz: { leaf: 0x80000008, register: 'ebx', bit: 20, part: 'IA32_EFER: bit 13 is reserved' },
  null_sel_clr_base: { leaf: 0x80000021, register: 'eax', bit: 6, part: 'loadNull: base and limit go' },
} as const satisfies Record<string, FeatureBit>;

export type CpuidFeature = keyof typeof cpuidFeatures;

/** Bits of leaf 1 EDX that AMD repeats in leaf 8000_0001 EDX. */
const MIRRORED = 0x0183f3ff;

/** What every kernel measured so far needs (docs: the CPU floor), and the TSC and local APIC that the machine has. */
const minimum: readonly CpuidFeature[] = [
  'fpu',
  'msr',
  'pae',
  'cx8',
  'cmov',
  'fxsr',
  'sse',
  'sse2',
  'lm',
  'syscall',
  'tsc',
  'apic',
];
const baseline: readonly CpuidFeature[] = [
  ...minimum,
  'pse',
  'mce',
  'sep',
  'mtrr',
  'pge',
  'mca',
  'pat',
  'pse36',
  'clflush',
  'mmx',
  'nx',
];
const v2: readonly CpuidFeature[] = [
  ...baseline,
  'pni',
  'ssse3',
  'cx16',
  'sse4_1',
  'sse4_2',
  'popcnt',
  'lahf_lm',
];

/** Feature sets by name; `x86-64` and `x86-64-v2` after the System V ABI's levels. */
export const cpuidProfiles = { minimum, 'x86-64': baseline, 'x86-64-v2': v2 } as const;

export type CpuidProfile = keyof typeof cpuidProfiles;

/** What only one vendor's processors say of themselves: AMD's of a family, which the x87 pointers and null selectors follow. */
function ownFeatures(vendor: Vendor, family: number): readonly CpuidFeature[] {
  if (vendor === 'intel') return [];
  const own: CpuidFeature[] = ['cr8_legacy', 'efer_lmsle_mbz'];
  if (family >= 0x17) own.push('xsaveerptr');
  if (family >= 0x19) own.push('null_sel_clr_base');
  return own;
}

/** Hypervisor leaves from 0x40000000 on, keyed by leaf; the signature gives EBX, ECX, EDX of the first. */
export interface HypervisorLeaves {
  readonly signature: string;
  readonly leaves?: Readonly<Record<number, CpuidLeaf>>;
}

export interface CpuidOptions {
  readonly profile?: CpuidProfile;
  readonly add?: readonly CpuidFeature[];
  readonly remove?: readonly CpuidFeature[];
  /** 12 characters; default AuthenticAMD, which is spared the workarounds for Meltdown. */
  readonly vendor?: string;
  readonly hypervisor?: 'none' | 'kvm' | 'xen' | HypervisorLeaves;
  readonly family?: number;
  readonly model?: number;
  readonly stepping?: number;
  readonly brand?: string;
  /** MAXPHYADDR. */
  readonly physicalBits?: number;
  readonly tscHertz?: number;
  /** Most basic leaf, at the most. */
  readonly lastLeaf?: number;
}

const ZERO: CpuidLeaf = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

/** Four characters as CPUID returns them. */
function text32(text: string, at: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = (value << 8) | ((text.charCodeAt(at + i) || 0) & 0xff);
  return value;
}

function hypervisorLeaves(kind: CpuidOptions['hypervisor']): HypervisorLeaves | undefined {
  if (kind === undefined || kind === 'none') return undefined;
  if (kind === 'kvm') {
    // No paravirtual feature is offered: the signature alone tells Linux that it is a guest.
    return { signature: 'KVMKVMKVM\0\0\0', leaves: { 1073741825: ZERO } };
  }
  if (kind === 'xen') {
    // Version 4.17; one hypercall page, its MSR is 0x40000000; no vcpu or domain id.
    return {
      signature: 'XenVMMXenVMM',
      leaves: {
        0x40000001: { ...ZERO, eax: (4 << 16) | 17 },
        0x40000002: { ...ZERO, eax: 1, ebx: 0x40000000 },
        0x40000003: ZERO,
        0x40000004: ZERO,
      },
    };
  }
  return kind;
}

/**
 * The CPUID function of a processor. Beyond the last leaf of a range AMD's answer zeros, and Intel's what the last basic leaf
 * has (Intel SDM vol. 2, CPUID); a hypervisor's range is its own.
 */
export function createCpuid(options: CpuidOptions = {}): (leaf: number, subleaf: number) => CpuidLeaf {
  const vendor = (options.vendor ?? 'AuthenticAMD').padEnd(12, '\0');
  const intel = vendor === 'GenuineIntel';
  const hypervisor = hypervisorLeaves(options.hypervisor);
  const family = options.family ?? (intel ? 6 : 15);
  const ways = vendorNamed(vendor);
  const on = new Set<CpuidFeature>(cpuidProfiles[options.profile ?? 'x86-64']);
  on.add('arat');
  for (const name of ownFeatures(ways, family)) on.add(name);
  if (hypervisor) on.add('hypervisor');
  for (const name of options.add ?? []) on.add(name);
  for (const name of options.remove ?? []) on.delete(name);

  const table = new Map<string, CpuidLeaf>();
  const change = (leaf: number, subleaf: number | undefined, values: Partial<CpuidLeaf>): void => {
    const key = `${leaf >>> 0}/${subleaf ?? ''}`;
    const old = table.get(key) ?? ZERO;
    table.set(key, {
      eax: old.eax | (values.eax ?? 0),
      ebx: old.ebx | (values.ebx ?? 0),
      ecx: old.ecx | (values.ecx ?? 0),
      edx: old.edx | (values.edx ?? 0),
    });
  };
  let mirrored = 0;
  for (const name of on) {
    const { leaf, subleaf, register, bit } = cpuidFeatures[name] as FeatureBit;
    change(leaf, subleaf, { [register]: 1 << bit });
    if (leaf === 1 && register === 'edx') mirrored |= (1 << bit) & MIRRORED;
  }

  const tscHertz = options.tscHertz ?? 1_000_000_000;
  const model = options.model ?? (intel ? 0x2a : 0x6b);
  const stepping = options.stepping ?? 1;
  const signature =
    (Math.max(family - 15, 0) << 20) |
    ((model >> 4) << 16) |
    (Math.min(family, 15) << 8) |
    ((model & 15) << 4) |
    stepping;
  const physicalBits = options.physicalBits ?? 40;
  const linearBits = on.has('la57') ? 57 : 48;
  const xsave = on.has('xsave');
  const maxBasic = Math.min(intel ? 0x16 : xsave ? 0xd : 7, options.lastLeaf ?? Number.POSITIVE_INFINITY);
  const maxExtended = on.has('null_sel_clr_base') ? 0x80000021 : 0x80000008;

  const vendorRegisters = { ebx: text32(vendor, 0), edx: text32(vendor, 4), ecx: text32(vendor, 8) };
  change(0, undefined, { eax: maxBasic, ...vendorRegisters });
  // One logical processor, APIC id 0; CLFLUSH works on lines of 64 bytes.
  change(1, undefined, { eax: signature, ebx: 0x00010000 | (on.has('clflush') ? 8 << 8 : 0) });
  if (xsave) {
    // XCR0 can be x87 | SSE; the area is 512 bytes of FXSAVE and a header of 64.
    change(0xd, 0, { eax: 3, ebx: 576, ecx: 576 });
    change(0xd, 1, {});
  }
  if (intel) {
    const megahertz = Math.round(tscHertz / 1_000_000);
    change(0x15, undefined, { eax: 1, ebx: 1, ecx: tscHertz });
    change(0x16, undefined, { eax: megahertz, ebx: megahertz, ecx: megahertz });
  }
  change(0x80000000, undefined, { eax: maxExtended | 0, ...(intel ? {} : vendorRegisters) });
  change(0x80000001, undefined, intel ? {} : { eax: signature, edx: mirrored });
  const brand = (options.brand ?? 'zeropage x86-64 processor').padEnd(48, '\0');
  for (let i = 0; i < 3; i++) {
    change(0x80000002 + i, undefined, {
      eax: text32(brand, i * 16),
      ebx: text32(brand, i * 16 + 4),
      ecx: text32(brand, i * 16 + 8),
      edx: text32(brand, i * 16 + 12),
    });
  }
  change(0x80000008, undefined, { eax: physicalBits | (linearBits << 8) });
  if (hypervisor) {
    const { leaves = {}, signature: name } = hypervisor;
    const last = Math.max(0x40000000, ...Object.keys(leaves).map(Number));
    change(0x40000000, undefined, {
      eax: last,
      ebx: text32(name, 0),
      ecx: text32(name, 4),
      edx: text32(name, 8),
    });
    for (const [leaf, values] of Object.entries(leaves)) change(Number(leaf), undefined, values);
  }

  const isBeyond = (leaf: number): boolean =>
    leaf < 0x40000000
      ? leaf > maxBasic
      : leaf < 0x50000000
        ? hypervisor === undefined
        : leaf < 0x80000000 || leaf > maxExtended;
  return (leaf, subleaf) => {
    if (isBeyond(leaf >>> 0) && ways !== 'intel') return ZERO;
    const number = isBeyond(leaf >>> 0) ? maxBasic : leaf >>> 0;
    return table.get(`${number}/`) ?? table.get(`${number}/${subleaf}`) ?? ZERO;
  };
}

/** MAXPHYADDR; 36 where no leaf gives it (Intel SDM vol. 3, §5.1.4). */
export function physicalBitsOf(cpuid: (leaf: number, subleaf: number) => CpuidLeaf): number {
  return cpuid(0x80000008, 0).eax & 0xff || 36;
}

/** Its family, the extended one added (AMD APM vol. 3, Fn0000_0001_EAX; Intel SDM vol. 2, CPUID). */
export function familyOf(cpuid: (leaf: number, subleaf: number) => CpuidLeaf): number {
  const { eax } = cpuid(1, 0);
  const base = (eax >> 8) & 15;
  return base === 15 ? base + ((eax >> 20) & 0xff) : base;
}

/** Is a feature advertised by this CPUID function? */
export function advertises(cpuid: (leaf: number, subleaf: number) => CpuidLeaf, name: CpuidFeature): boolean {
  const { leaf, subleaf = 0, register, bit } = cpuidFeatures[name] as FeatureBit;
  // Beyond the last leaf may stand what is another one's.
  if (leaf > cpuid(leaf >= 0x80000000 ? 0x80000000 : 0, 0).eax >>> 0) return false;
  return ((cpuid(leaf, subleaf)[register] >>> bit) & 1) === 1;
}
