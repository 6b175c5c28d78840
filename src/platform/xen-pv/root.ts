import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { fail } from '../xen/hypercall.js';
import type { PvDomain } from './domain.js';
import { FRAME } from './frames.js';

/** mmuext_op new_baseptr and MOV to CR3: the kernel's page tables from now on, by their root's frame. Returns an errno or 0. */
export function kernelRoot(domain: PvDomain, frame: bigint): number {
  const error = take(domain, 'kernelRoot', frame);
  if (!error) domain.loadRoot();
  return error;
}

/** mmuext_op new_user_baseptr: those of programs; frame 0: none. */
export function userRoot(domain: PvDomain, frame: bigint): number {
  if (frame !== 0n) return take(domain, 'userRoot', frame);
  letGo(domain, domain.userRoot);
  domain.userRoot = 0;
  return 0;
}

/** The new root is taken before the old one is let go. */
function take(domain: PvDomain, which: 'kernelRoot' | 'userRoot', frame: bigint): number {
  const { tables, frames } = domain;
  if (frame >= BigInt(frames.count)) return fail('EINVAL');
  const error = tables.get(Number(frame), FRAME.l4);
  if (error) return error;
  const old = domain[which];
  domain[which] = Number(frame) * PAGE_SIZE;
  letGo(domain, old);
  return 0;
}

function letGo({ tables }: PvDomain, root: number): void {
  if (root !== 0) tables.put(root / PAGE_SIZE);
}
