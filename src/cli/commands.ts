import type { Command } from 'commander';

/** What a file in commands/ exports: it adds arguments, options and the action to a command. */
export interface CommandModule {
  /** `args` is the whole command line. The action leaves the exit code in `process.exitCode` when it is not 0. */
  define(command: Command, args: readonly string[]): void | Promise<void>;
  /** What its help and the manual say beside arguments and options; paragraphs of short lines. */
  readonly notes?: string;
  readonly examples: readonly Example[];
}

/** A command line, and what it does where that is not plain. */
export type Example = readonly [line: string, meaning?: string];

/** One command of the command line. Its file is loaded only when it is the one that runs. */
export interface CommandLine {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** Every command. A new one is one file in commands/ and one line here. */
export const commands: readonly CommandLine[] = [
  {
    name: 'inspect',
    summary: 'list every boot entry of an image with evidence; compare two images; tabulate several',
    load: () => import('./commands/inspect.js'),
  },
  {
    name: 'boot',
    summary: 'boot an image through one of its entries, to userspace or a waypoint',
    load: () => import('./commands/boot.js'),
  },
  {
    name: 'matrix',
    summary: 'boot images through all their entries: what works, what fails and why',
    load: () => import('./commands/matrix.js'),
  },
  {
    name: 'trace',
    summary: 'record which code a boot runs, in which order, and who calls whom',
    load: () => import('./commands/trace.js'),
  },
  {
    name: 'compare',
    summary: 'set boot paths beside each other: where they join, what only one runs',
    load: () => import('./commands/compare.js'),
  },
  {
    name: 'check',
    summary: 'check what every boot path must do: find what one forgot, and images that claim too much',
    load: () => import('./commands/check.js'),
  },
  {
    name: 'contract',
    summary: 'write a first contract for an image, from what its boots do',
    load: () => import('./commands/contract.js'),
  },
  {
    name: 'entries',
    summary: 'show the entries there are and the state a loader must set for each',
    load: () => import('./commands/entries.js'),
  },
  {
    name: 'platforms',
    summary: 'show the platforms there are, and what each does in place of the bare machine',
    load: () => import('./commands/platforms.js'),
  },
  {
    name: 'symbols',
    summary: 'list the symbols of an image, as nm -n does',
    load: () => import('./commands/symbols.js'),
  },
  {
    name: 'types',
    summary: "show a struct's layout or a function's prototype",
    load: () => import('./commands/types.js'),
  },
  {
    name: 'loaders',
    summary: 'show which entry QEMU, Firecracker, GRUB, kexec, Xen and others will take, or why not',
    load: () => import('./commands/loaders.js'),
  },
  {
    name: 'extract',
    summary: 'write the kernel inside an image to a file of its own, with symbols if wanted',
    load: () => import('./commands/extract.js'),
  },
  {
    name: 'link',
    summary: "check and sort a guest's init tables and op tables",
    load: () => import('./commands/link.js'),
  },
  {
    name: 'ops',
    summary: "show what a kernel's pv_ops, x86_init, … hold on each path, and who put it there",
    load: () => import('./commands/ops.js'),
  },
  {
    name: 'guest',
    summary: 'write the conformance guest, which checks what loaders do at every entry',
    load: () => import('./commands/guest.js'),
  },
  {
    name: 'wrap',
    summary: 'give a kernel the entries it lacks',
    load: () => import('./commands/wrap.js'),
  },
  {
    name: 'file',
    summary: 'answer one question about an image by exit code, as grub-file does',
    load: () => import('./commands/file.js'),
  },
  {
    name: 'complete',
    summary: 'print a script that makes a shell complete commands, options and names',
    load: () => import('./commands/complete.js'),
  },
];
