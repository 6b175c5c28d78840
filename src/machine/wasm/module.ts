import { Body, type Signature, uleb, valueType } from './code.js';

/** A function of the module; `index` is its place in the function index space, known before its body is. */
export interface FunctionHandle {
  readonly index: number;
  readonly body: Body;
}

const name = (text: string): number[] => [...uleb(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];

/** Builds a module that imports one memory, some functions, and owns or imports one function table. */
export class ModuleBuilder {
  readonly #types: string[] = [];
  readonly #typeCodes: number[][] = [];
  readonly #imports: number[][] = [];
  #importedFunctions = 0;
  readonly #functions: { type: number; body: Body }[] = [];
  readonly #exports: number[][] = [];
  #table?: { size: number; elements: readonly FunctionHandle[] };
  #secondTable?: { field: string; size: number };

  /** Index of a function type; equal signatures share one. */
  type(signature: Signature): number {
    const code = [
      0x60,
      ...uleb(signature.params.length),
      ...signature.params.map(valueType),
      ...(signature.result ? [1, valueType(signature.result)] : [0]),
    ];
    const key = code.join();
    const known = this.#types.indexOf(key);
    if (known !== -1) return known;
    this.#typeCodes.push(code);
    return this.#types.push(key) - 1;
  }

  /** Imports `module.field` as the memory; at least `pages` of 64 KiB. */
  importMemory(module: string, field: string, pages: number): void {
    this.#imports.push([...name(module), ...name(field), 0x02, 0x00, ...uleb(pages)]);
  }

  /** Imports a function; all imports must precede the first `function`. */
  importFunction(module: string, field: string, signature: Signature): number {
    if (this.#functions.length) throw new Error('imports must precede functions');
    this.#imports.push([...name(module), ...name(field), 0x00, ...uleb(this.type(signature))]);
    return this.#importedFunctions++;
  }

  function(signature: Signature, folds = false): FunctionHandle {
    const body = new Body(signature, folds);
    const index = this.#importedFunctions + this.#functions.push({ type: this.type(signature), body }) - 1;
    return { index, body };
  }

  exportFunction(field: string, handle: Pick<FunctionHandle, 'index'>): void {
    this.#exports.push([...name(field), 0x00, ...uleb(handle.index)]);
  }

  /** Table 0, owned by the module and filled with `elements`. */
  table(elements: readonly FunctionHandle[]): void {
    this.#table = { size: elements.length, elements };
  }

  /** Table 1, exported as `field`, of so many empty slots. Needs table 0. */
  secondTable(field: string, size: number): void {
    this.#secondTable = { field, size };
    this.#exports.push([...name(field), 0x01, 0x01]);
  }

  encode(): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)];
    const section = (id: number, entries: readonly (readonly number[] | Uint8Array)[]): void => {
      if (!entries.length) return;
      const count = uleb(entries.length);
      const length = entries.reduce((sum, entry) => sum + entry.length, count.length);
      parts.push(Uint8Array.from([id, ...uleb(length), ...count]));
      for (const entry of entries) parts.push(entry instanceof Uint8Array ? entry : Uint8Array.from(entry));
    };
    section(1, this.#typeCodes);
    section(2, this.#imports);
    section(
      3,
      this.#functions.map(({ type }) => uleb(type)),
    );
    if (this.#table) {
      const tables = [[0x70, 0x00, ...uleb(this.#table.size)]];
      if (this.#secondTable) tables.push([0x70, 0x00, ...uleb(this.#secondTable.size)]);
      section(4, tables);
    }
    section(7, this.#exports);
    if (this.#table) {
      const { elements } = this.#table;
      section(9, [
        [0, 0x41, 0, 0x0b, ...uleb(elements.length), ...elements.flatMap(({ index }) => uleb(index))],
      ]);
    }
    section(
      10,
      this.#functions.map(({ body }) => body.encode()),
    );
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
