import { ARITHMETIC_FLAGS, FLAG } from '../../../abi/x86/flags.js';
import type { Choice } from './choice.js';

/** Bits of RFLAGS that the loader left set; never IF, TF and VM, which the ABIs forbid or no code could start with. */
const left = {
  'flags-arithmetic': ['other arithmetic flags', ARITHMETIC_FLAGS],
  df: ['the direction flag set', FLAG.DF],
  iopl: ['another IOPL', FLAG.IOPL],
  nt: ['the nested task flag set', FLAG.NT],
  ac: ['the alignment check flag set', FLAG.AC],
  id: ['the ID flag set', FLAG.ID],
} as const;

export const flags: readonly Choice[] = Object.entries(left).map(([id, [title, bits]]) => ({
  id,
  family: 'flags',
  title,
  register: 'rflags',
  clause: (freedom) => freedom.flags,
  after({ cpu }) {
    cpu.flags |= bits;
  },
}));
