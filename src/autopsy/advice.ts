import type { Cause } from './cause.js';
import type { LastWords } from './console-findings.js';

/** What the advice is chosen by. */
export interface Symptoms {
  readonly cause: Cause;
  /** Why the machine stopped. */
  readonly stop: string;
  /** The guest is a Linux kernel: most of what can be said is about those. */
  readonly linux: boolean;
  readonly words: LastWords;
  readonly console: readonly string[];
  readonly log: readonly string[];
  /** Both. */
  readonly lines: readonly string[];
  /** The processor was executing, not halted. */
  readonly isBusy: boolean;
}

interface Advice {
  /** It holds for guests of all kinds; else only for Linux. */
  readonly always?: true;
  readonly when: (symptoms: Symptoms) => boolean;
  readonly text: string;
}

const says =
  (pattern: RegExp) =>
  ({ lines }: Symptoms): boolean =>
    lines.some((line) => pattern.test(line));

const isEarly = (symptoms: Symptoms): boolean => !says(/Linux version /)(symptoms);

/** What Linux's decompressor says of its work. */
const decompressor =
  /^(early console in |EFI stub: |Decompressing Linux|Parsing ELF|Performing relocations|No relocation|done\.|Booting the kernel|KASLR |Physical KASLR|Virtual KASLR|input_data|input_len|output|kernel_total_size|needed_size|trampoline_32bit)/;

/** The kernel proper has not said a word. */
const isSilent = ({ lines }: Symptoms): boolean =>
  lines.every((line) => line.trim() === '' || decompressor.test(line));

/** What to try, by symptom; every one that fits is given. */
const table: readonly Advice[] = [
  {
    when: says(
      /Unable to mount root fs|No working init found|Cannot open root device|Failed to execute \/init/,
    ),
    text: 'The kernel found no init: leave --initrd away to use the built-in one, or check that yours holds /init, executable, in a format the kernel can unpack.',
  },
  {
    when: says(
      /Out of memory|not enough memory|deadlocked on memory|Failed to allocate|Cannot allocate|alloc.*: Failed|page allocation failure/i,
    ),
    text: 'The guest ran out of memory: give it more with -m.',
  },
  {
    when: ({ cause }) => /init ended with status/.test(cause.sentence),
    text: 'init must not end: let it switch the power off, and hand its status over by CPUID or isa-debug-exit (docs/verdicts.md).',
  },
  {
    when: ({ cause }) => /init was killed by SIGILL/.test(cause.sentence),
    text: 'init uses instructions this processor does not have: build it for a lower level, or choose a higher --cpu.',
  },
  {
    always: true,
    when: ({ cause }) =>
      cause.fault?.name === '#UD' && !!cause.fault.reason?.includes('profile does not have'),
    text: 'The code does not ask CPUID before it uses that instruction, or was built for a higher level: try a higher --cpu.',
  },
  {
    always: true,
    when: ({ cause }) => !!cause.fault?.reason?.match(/does not implement|not one that this machine knows/),
    text: 'This is a gap in zeropage if a real processor runs it: please report the bytes of the instruction.',
  },
  {
    always: true,
    when: ({ cause }) => !!cause.fault?.reason?.includes('MSR '),
    text: 'The code touches a model-specific register without a net: another --cpu vendor or profile may keep it from doing so.',
  },
  {
    when: (symptoms) => symptoms.cause.kind === 'halt' && isSilent(symptoms) && !symptoms.words.decompressor,
    text: 'Halting before the first message is what verify_cpu does when the processor lacks a feature the kernel was built for: try a higher --cpu.',
  },
  {
    when: says(/IO-APIC \+ timer doesn't work/),
    text: 'The timer interrupt did not arrive: try --chipset pc, or append noapic.',
  },
  {
    always: true,
    when: ({ cause }) => cause.kind === 'empty-memory' && /INT 0x1[0-9a-f] .*no BIOS/.test(cause.sentence),
    text: 'Through this entry there is no BIOS to call: boot through linux16 or Multiboot, which come behind one, or keep the guest from real mode.',
  },
  {
    always: true,
    when: ({ cause }) => cause.kind === 'budget',
    text: 'If the boot was still making progress, give it more instructions with --budget.',
  },
  {
    when: ({ console, log }) => console.length === 0 && log.some((line) => line.includes('Command line:')),
    text: 'The kernel read its command line and logged, but the console stayed silent: is console=ttyS0 overruled by what you append?',
  },
  {
    always: true,
    when: ({ cause }) => cause.fault?.name === '#PF' && cause.kind !== 'panic',
    text: 'Look at the faulting address and at what its page-table entry says; an address used before it is mapped is the usual cause this early.',
  },
  {
    when: (symptoms) => isEarly(symptoms) && symptoms.cause.kind !== 'budget',
    text: 'Boot the same image through another entry (zeropage matrix) to see whether the entry or the kernel is at fault.',
  },
];

const whenNothingFits =
  'Boot the same image through another entry (zeropage matrix), or another kernel through this one, to see which is at fault.';

/** The advice that fits; of Linux never empty. */
export function advise(symptoms: Symptoms): string[] {
  const { linux } = symptoms;
  const fitting = table
    .filter(({ always, when }) => (always || linux) && when(symptoms))
    .map(({ text }) => text);
  return fitting.length || !linux ? fitting : [whenNothingFits];
}
