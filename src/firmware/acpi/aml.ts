/**
 * Encoders for the few terms of ACPI Machine Language the DSDT needs (ACPI 6.4 chapter 20) and for the resource
 * descriptors in it (section 6.4). Each returns the bytes of one term.
 */
export type Aml = readonly number[];

const op = {
  zero: 0x00,
  one: 0x01,
  name: 0x08,
  byte: 0x0a,
  word: 0x0b,
  dword: 0x0c,
  scope: 0x10,
  buffer: 0x11,
  package: 0x12,
  extended: 0x5b,
  device: 0x82,
} as const;

function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
}

/** PkgLength: the length of `body` and of itself. */
function packageLength(body: number): number[] {
  if (body + 1 < 0x40) return [body + 1];
  const extra = body + 2 < 0x1000 ? 1 : 2;
  const length = body + 1 + extra;
  return [(extra << 6) | (length & 15), ...littleEndian(length >> 4, extra)];
}

function withLength(opcode: Aml, body: Aml): Aml {
  return [...opcode, ...packageLength(body.length), ...body];
}

/** A name segment, padded to four characters. */
function nameSegment(name: string): Aml {
  return Array.from(name.padEnd(4, '_'), (letter) => letter.charCodeAt(0));
}

export function integer(value: number): Aml {
  if (value === 0) return [op.zero];
  if (value === 1) return [op.one];
  if (value < 0x100) return [op.byte, value];
  if (value < 0x10000) return [op.word, ...littleEndian(value, 2)];
  return [op.dword, ...littleEndian(value, 4)];
}

export function named(name: string, value: Aml): Aml {
  return [op.name, ...nameSegment(name), ...value];
}

export function scope(name: string, ...terms: Aml[]): Aml {
  return withLength([op.scope], [...nameSegment(name), ...terms.flat()]);
}

export function device(name: string, ...terms: Aml[]): Aml {
  return withLength([op.extended, op.device], [...nameSegment(name), ...terms.flat()]);
}

export function packageOf(...elements: Aml[]): Aml {
  return withLength([op.package], [elements.length, ...elements.flat()]);
}

/** EISAID("PNP0501"): three letters of five bits and four hexadecimal digits, most significant byte first. */
export function eisaId(id: string): Aml {
  const letter = (i: number) => (id.charCodeAt(i) - 0x40) & 0x1f;
  const high = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const low = Number.parseInt(id.slice(3), 16);
  return [op.dword, high >> 8, high & 0xff, low >> 8, low & 0xff];
}

// Resource descriptors

/** A resource template: the descriptors and the end tag, as a buffer. */
export function resources(...descriptors: Aml[]): Aml {
  const bytes = [...descriptors.flat(), 0x79, 0];
  return withLength([op.buffer], [...integer(bytes.length), ...bytes]);
}

/** IO(Decode16): `size` ports at `base` (6.4.2.5). */
export function ioPorts(base: number, size: number): Aml {
  return [0x47, 1, ...littleEndian(base, 2), ...littleEndian(base, 2), 1, size];
}

/** IRQNoFlags: one ISA interrupt, edge-triggered, active high (6.4.2.1). */
export function isaIrq(irq: number): Aml {
  return [0x22, ...littleEndian(1 << irq, 2)];
}

/** Interrupt(ResourceConsumer, Edge, ActiveHigh, Exclusive) on a global system interrupt (6.4.3.6). */
export function edgeInterrupt(gsi: number): Aml {
  return [0x89, 6, 0, 0x03, 1, ...littleEndian(gsi, 4)];
}

const addressSpace = { memory: 0, io: 1, bus: 2 } as const;

/** WordBusNumber for buses 0–`last`, produced, minimum and maximum fixed (6.4.3.5.3). */
export function busNumbers(last: number): Aml {
  const values = [0, 0, last, 0, last + 1].flatMap((value) => littleEndian(value, 2));
  return [0x88, 13, 0, addressSpace.bus, 0x0c, 0, ...values];
}

/** WordIO for ports `first`–`last`, produced (6.4.3.5.3). */
export function ioWindow(first: number, last: number): Aml {
  const values = [0, first, last, 0, last - first + 1].flatMap((value) => littleEndian(value, 2));
  return [0x88, 13, 0, addressSpace.io, 0x0c, 0x03, ...values];
}

/** DWordMemory for addresses `first`–`last`, produced, not cacheable, writable (6.4.3.5.2). */
export function memoryWindow(first: number, last: number): Aml {
  const values = [0, first, last, 0, last - first + 1].flatMap((value) => littleEndian(value, 4));
  return [0x87, 23, 0, addressSpace.memory, 0x0c, 0x01, ...values];
}
