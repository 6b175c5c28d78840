/** A place in a source file that is changed: `find` must stand there exactly once. */
export interface Edit {
  /** Within the kernel's source. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** A way of booting, as commands write it: an entry, and a platform where it is not the entry's own. */
export type WayName = 'linux32' | 'linux64' | 'pvh' | 'pvh/xen-pvh' | 'xen-pv';

/** What a check must say of a kernel with a fault, and of its twin must not. */
interface Expected {
  /** Rules that may tell it, the one made for it first; one of them is enough. */
  readonly rules: readonly string[];
  /** Ways it is there on; none where it is about the image. */
  readonly ways: readonly WayName[];
}

/** A fault put into a kernel on purpose. */
export interface Fault {
  readonly id: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  readonly expected: Expected;
  /** Of `zeropage check`, besides those of every check here. */
  readonly options?: readonly string[];
}

/** A fault in the kernel's source, which must be built. */
export interface BuiltFault extends Fault {
  readonly edits: readonly Edit[];
  /** Built with another configuration than the base one. */
  readonly configuration?: ConfigurationId;
  /** Set against the twin of another configuration, where the configuration is the fault. */
  readonly twin?: ConfigurationId;
}

export type ConfigurationId = 'base' | 'kasan' | 'pc32';
