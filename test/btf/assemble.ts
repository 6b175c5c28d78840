/** Writes BTF for tests: type records and strings in order, so that tests can state exactly what stands in the image. */
import { Kind } from '../../src/image/btf/format.js';

export interface AssembleOptions {
  readonly littleEndian?: boolean;
  /** Records of `struct btf_layout`, [info_sz, elem_sz] by kind; makes the header the 32-byte one. */
  readonly layouts?: readonly (readonly [number, number])[];
}

export class BtfAssembler {
  readonly #records: number[][] = [];
  #strings = '\0';
  readonly #offsets = new Map<string, number>([['', 0]]);

  /** Offset of a string, added when it is new. */
  string(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#strings.length;
    this.#offsets.set(text, offset);
    this.#strings += `${text}\0`;
    return offset;
  }

  /** A record as its raw parts; returns its id. */
  record(
    kind: number,
    name: string,
    third: number,
    data: readonly number[] = [],
    vlen = 0,
    flag = false,
  ): number {
    const info = ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0;
    return this.#records.push([this.string(name), info, third, ...data]);
  }

  int(name: string, size: number, { bits = size * 8, shift = 0, signed = false } = {}): number {
    return this.record(Kind.int, name, size, [((signed ? 1 << 24 : 0) | (shift << 16) | bits) >>> 0]);
  }

  /** Kinds that only refer to another type: ptr, const, volatile, restrict, typedef, type_tag. */
  refer(
    kind: 'ptr' | 'const' | 'volatile' | 'restrict' | 'typedef' | 'type_tag',
    target: number,
    name = '',
    flag = false,
  ): number {
    return this.record(Kind[kind], name, target, [], 0, flag);
  }

  array(target: number, length: number): number {
    return this.record(Kind.array, '', 0, [target, 0, length]);
  }

  /** Members are [name, type, bit offset, bit-field width]; with a width anywhere, kind_flag is set. */
  composite(
    kind: 'struct' | 'union',
    name: string,
    size: number,
    members: readonly (readonly [name: string, type: number, bitOffset: number, width?: number])[],
  ): number {
    const flag = members.some(([, , , width]) => width !== undefined);
    const data = members.flatMap(([member, type, offset, width]) => [
      this.string(member),
      type,
      flag ? (((width ?? 0) << 24) | offset) >>> 0 : offset,
    ]);
    return this.record(Kind[kind], name, size, data, members.length, flag);
  }

  enumeration(
    name: string,
    size: number,
    values: readonly (readonly [string, bigint])[],
    signed = false,
  ): number {
    const wide = size === 8;
    const data = values.flatMap(([text, value]) => {
      const low = Number(BigInt.asUintN(32, value));
      return wide
        ? [this.string(text), low, Number(BigInt.asUintN(32, value >> 32n))]
        : [this.string(text), low];
    });
    return this.record(wide ? Kind.enum64 : Kind.enum, name, size, data, values.length, signed);
  }

  prototype(returns: number, parameters: readonly (readonly [name: string, type: number])[]): number {
    const data = parameters.flatMap(([name, type]) => [this.string(name), type]);
    return this.record(Kind.func_proto, '', returns, data, parameters.length);
  }

  func(name: string, prototype: number): number {
    return this.record(Kind.func, name, prototype, [], 1);
  }

  variable(name: string, type: number): number {
    return this.record(Kind.var, name, type, [1]);
  }

  section(
    name: string,
    size: number,
    variables: readonly (readonly [id: number, offset: number, size: number])[],
  ): number {
    return this.record(Kind.datasec, name, size, variables.flat(), variables.length);
  }

  declTag(text: string, target: number, component = -1): number {
    return this.record(Kind.decl_tag, text, target, [component >>> 0]);
  }

  build({ littleEndian = true, layouts }: AssembleOptions = {}): Uint8Array {
    const words = this.#records.flat();
    const headerLength = layouts ? 32 : 24;
    const typeLength = words.length * 4;
    const layoutLength = layouts ? layouts.length * 4 : 0;
    const bytes = new Uint8Array(headerLength + typeLength + layoutLength + this.#strings.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, littleEndian);
    view.setUint8(2, 1);
    const stringOffset = typeLength + layoutLength;
    const header = [headerLength, 0, typeLength, stringOffset, this.#strings.length];
    if (layouts) header.push(typeLength, layoutLength);
    for (const [i, word] of header.entries()) view.setUint32(4 + i * 4, word, littleEndian);
    for (const [i, word] of words.entries()) view.setUint32(headerLength + i * 4, word, littleEndian);
    for (const [i, [info, element]] of (layouts ?? []).entries()) {
      view.setUint8(headerLength + typeLength + i * 4, info);
      view.setUint8(headerLength + typeLength + i * 4 + 1, element);
    }
    const strings = Uint8Array.from(this.#strings, (char) => char.charCodeAt(0));
    bytes.set(strings, headerLength + stringOffset);
    return bytes;
  }
}
