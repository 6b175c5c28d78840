import type { Struct } from '../core/struct.js';

/** What a generated header and the tables of its page are made of, in their order. */
export interface Abi {
  readonly structs: readonly Pick<Struct, 'name' | 'size' | 'fields'>[];
  /** Names of numbers: the key is the prefix of the constants in C. */
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly constants: Readonly<Record<string, number>>;
  /** How C declares a field where that is not the unsigned integer of its size: structure, field, `const char *` or `uint16_t [14]`. */
  readonly cTypes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
