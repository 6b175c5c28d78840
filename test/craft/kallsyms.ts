import { ascii, concat, le, roundUp } from './write.js';

export interface CraftSymbol {
  readonly address: bigint;
  readonly type: string;
  readonly name: string;
}

/** Kernels whose scripts/kallsyms.c wrote the arrays differently. */
export type KallsymsVersion = '4.5' | '4.19' | '5.10' | '6.1' | '6.12' | '7.2';

export interface CraftKallsyms {
  /** In ascending order of address. */
  readonly symbols: readonly CraftSymbol[];
  readonly version: KallsymsVersion;
  /** 8 unless given. */
  readonly word?: 4 | 8;
  /** Symbols of type A are stored as absolute offsets (CONFIG_KALLSYMS_ABSOLUTE_PERCPU); 4.19 to 6.12. */
  readonly absolutePercpu?: boolean;
  /** Address at which the arrays will stand; a multiple of 16. */
  readonly at: bigint;
  /** The token of one code, to lie with. */
  readonly token?: readonly [code: number, text: string];
  /** Put in place of the value of kallsyms_relative_base. */
  readonly relativeBase?: bigint;
}

export interface CraftedKallsyms {
  readonly data: Uint8Array;
  /** Offset and length of each array in `data`, by name without kallsyms_. */
  readonly arrays: ReadonlyMap<string, readonly [offset: number, length: number]>;
}

/** Pairs that get a code of their own, to have tokens longer than a character. */
const pairs = ['st', '_t', 'T_', 'in', '__'];

/** kallsyms as the kernel's build writes it, with a plain choice of tokens. */
export function craftKallsyms(options: CraftKallsyms): CraftedKallsyms {
  const { symbols, version, word = 8 } = options;
  const tokens = Array.from({ length: 256 }, (_, code) =>
    code > 0x20 && code < 0x7f ? String.fromCharCode(code) : '',
  );
  pairs.forEach((pair, i) => {
    tokens[0x80 + i] = pair;
  });
  if (options.token) tokens[options.token[0]] = options.token[1];
  const names = symbols.map(({ type, name }) => encode(type + name, version));
  const nameStarts: number[] = [];
  let size = 0;
  for (const name of names) {
    nameStarts.push(size);
    size += name.length;
  }
  const markers = nameStarts.filter((_, i) => i % 256 === 0);
  const tokenStarts: number[] = [];
  let tokenSize = 0;
  for (const token of tokens) {
    tokenStarts.push(tokenSize);
    tokenSize += token.length + 1;
  }
  const byName = symbols.map((_, i) => i).sort((a, b) => (symbols[a]!.name < symbols[b]!.name ? -1 : 1));

  const first = symbols.find(({ type }) => !(options.absolutePercpu && type === 'A'))!;
  const base = first.address;
  const markerSize = version === '4.5' || version === '4.19' ? word : 4;
  const parts = {
    addresses: () => concat(...symbols.map(({ address }) => le(address, word))),
    offsets: () =>
      concat(
        ...symbols.map(({ address, type }) => {
          if (!options.absolutePercpu) return le(address - base, 4);
          return le(type === 'A' ? address : base - address - 1n, 4);
        }),
      ),
    distances: (at: number) =>
      concat(...symbols.map(({ address }, i) => le(address - options.at - BigInt(at + 4 * i), 4))),
    relative_base: () => le(options.relativeBase ?? base, word),
    num_syms: () => le(symbols.length, 4),
    names: () => concat(...names),
    markers: () => concat(...markers.map((marker) => le(marker, markerSize))),
    seqs_of_names: () => concat(...byName.map((seq) => Uint8Array.of(seq >> 16, seq >> 8, seq))),
    token_table: () => ascii(`${tokens.join('\0')}\0`),
    token_index: () => concat(...tokenStarts.map((start) => le(start, 2))),
  } satisfies Record<string, (at: number) => Uint8Array>;

  const align = version === '7.2' ? 4 : word;
  const arrays = new Map<string, readonly [number, number]>();
  let data: Uint8Array = new Uint8Array();
  for (const part of orders[version]) {
    const at = roundUp(data.length, align);
    const bytes = parts[part](at);
    data = concat(data, new Uint8Array(at - data.length), bytes);
    arrays.set(part, [at, bytes.length]);
  }
  return { data, arrays };
}

const head = ['num_syms', 'names', 'markers'] as const;
const tokenArrays = ['token_table', 'token_index'] as const;
const orders = {
  '4.5': ['addresses', ...head, ...tokenArrays],
  '4.19': ['offsets', 'relative_base', ...head, ...tokenArrays],
  '5.10': ['offsets', 'relative_base', ...head, ...tokenArrays],
  '6.1': ['offsets', 'relative_base', ...head, 'seqs_of_names', ...tokenArrays],
  '6.12': [...head, ...tokenArrays, 'offsets', 'relative_base', 'seqs_of_names'],
  '7.2': [...head, ...tokenArrays, 'distances', 'seqs_of_names'],
} as const;

function encode(text: string, version: KallsymsVersion): Uint8Array {
  const codes: number[] = [];
  for (let i = 0; i < text.length; ) {
    const pair = pairs.indexOf(text.slice(i, i + 2));
    codes.push(pair === -1 ? text.charCodeAt(i) : 0x80 + pair);
    i += pair === -1 ? 1 : 2;
  }
  const big = version >= '6.1' && codes.length > 0x7f;
  const length = big ? [(codes.length & 0x7f) | 0x80, codes.length >> 7] : [codes.length];
  return Uint8Array.from([...length, ...codes]);
}

/** `count` functions of a few bytes each from `start` on, with names that repeat, nest and run long. */
export function craftSymbols(count: number, start: bigint, longest = 100): CraftSymbol[] {
  return Array.from({ length: count }, (_, i) => {
    // Every fifth shares its address with the one before it.
    const address = start + BigInt(16 * (i - (i % 5 === 4 ? 1 : 0)));
    const long = i % 97 === 0 ? 'x'.repeat(longest) : '';
    const name = i % 11 === 0 ? 'init_once' : `start_thing_${i}${long}`;
    return { address, type: i % 3 === 0 ? 't' : 'T', name: i === 0 ? '_text' : name };
  });
}
