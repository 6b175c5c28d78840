import { type Put, putMap, type Saved } from '../../machine/saved.js';

/** A minimal xenstore: a tree of values. Paths have no slash at either end. */
export class Store implements Saved {
  readonly #values = new Map<string, string>();

  constructor(entries: Readonly<Record<string, string>> = {}) {
    for (const [path, value] of Object.entries(entries)) this.write(path, value);
  }

  read(path: string): string | undefined {
    return this.#values.get(path);
  }

  /** Makes the path, and what leads to it. */
  write(path: string, value: string): void {
    const parts = path.split('/');
    for (let i = 1; i < parts.length; i++) {
      const parent = parts.slice(0, i).join('/');
      if (!this.#values.has(parent)) this.#values.set(parent, '');
    }
    this.#values.set(path, value);
  }

  /** Removes a path and all below it; false when it was not there. */
  remove(path: string): boolean {
    if (!this.#values.delete(path)) return false;
    for (const other of [...this.#values.keys()])
      if (other.startsWith(`${path}/`)) this.#values.delete(other);
    return true;
  }

  /** Names right below a path; undefined when it is not there. */
  list(path: string): string[] | undefined {
    if (path !== '' && !this.#values.has(path)) return undefined;
    const prefix = path === '' ? '' : `${path}/`;
    const names = [...this.#values.keys()]
      .filter((other) => other.startsWith(prefix) && other !== path)
      .map((other) => other.slice(prefix.length).split('/')[0]!);
    return [...new Set(names)];
  }

  save(put: Put): void {
    putMap(this.#values, put, put);
  }

  /** A copy, for a transaction. */
  copy(): Store {
    const other = new Store();
    for (const [path, value] of this.#values) other.#values.set(path, value);
    return other;
  }

  /** Takes over what a transaction has made of it. */
  take(other: Store): void {
    this.#values.clear();
    for (const [path, value] of other.#values) this.#values.set(path, value);
  }
}
