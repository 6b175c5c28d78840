import { xenStoreRing } from '../../abi/xen.js';
import { type Put, putAll, putMap, type Saved } from '../../machine/saved.js';
import type { XenDomain } from './domain.js';
import { Store } from './store.js';

/** Message types (Xen public/io/xs_wire.h). */
const XS = {
  control: 0,
  directory: 1,
  read: 2,
  getPerms: 3,
  watch: 4,
  unwatch: 5,
  transactionStart: 6,
  transactionEnd: 7,
  introduce: 8,
  release: 9,
  getDomainPath: 10,
  write: 11,
  mkdir: 12,
  rm: 13,
  setPerms: 14,
  watchEvent: 15,
  error: 16,
  isDomainIntroduced: 17,
  resume: 18,
  setTarget: 19,
  resetWatches: 21,
  directoryPart: 22,
} as const;

const HEADER = 16;
const RING = 1024;
/** XENSTORE_PAYLOAD_MAX. */
const LONGEST = 4096;
const { req, rsp, req_cons, req_prod, rsp_cons, rsp_prod } = xenStoreRing.fields;

class StoreError extends Error {}

/** What a domain finds in the store: its name, its memory in KiB, nothing it could do. */
export function domainStore(memory: number, id = 1): Store {
  const home = `local/domain/${id}`;
  return new Store({
    [`${home}/name`]: 'zeropage',
    [`${home}/domid`]: `${id}`,
    [`${home}/vm`]: '/vm/00000000-0000-0000-0000-000000000001',
    [`${home}/memory/target`]: `${memory}`,
    [`${home}/memory/static-max`]: `${memory}`,
    [`${home}/cpu/0/availability`]: 'online',
    [`${home}/control/shutdown`]: '',
    [`${home}/control/sysrq`]: '',
    [`${home}/device`]: '',
  });
}

/** The other end of a guest's xenstore ring: what xenstored is to a real one. */
export class StoreRing implements Saved {
  readonly #home: string;
  readonly #watches: { path: string; token: string }[] = [];
  readonly #transactions = new Map<number, Store>();
  #nextTransaction = 1;
  #received: number[] = [];
  #unsent: number[] = [];

  /** `at`: machine address of the ring; `port`: the guest's event channel; `id`: the domain's number. */
  constructor(
    readonly domain: XenDomain,
    readonly at: number,
    readonly port: number,
    readonly store: Store,
    readonly id = 1,
  ) {
    this.#home = `local/domain/${id}`;
  }

  save(put: Put): void {
    putAll(
      this.#watches.flatMap(({ path, token }) => [path, token]),
      put,
    );
    putMap(this.#transactions, put, (store) => store.save(put));
    put(this.#nextTransaction);
    put(Uint8Array.from(this.#received));
    put(Uint8Array.from(this.#unsent));
    this.store.save(put);
  }

  /** The guest has rung. */
  service(): void {
    const { memory } = this.domain.machine;
    const from = memory.read32(this.at + req_cons.offset);
    const to = memory.read32(this.at + req_prod.offset);
    const waiting = (to - from) >>> 0;
    if (waiting > RING) return;
    for (let i = 0; i < waiting; i++) {
      this.#received.push(memory.guestView.getUint8(this.at + req.offset + ((from + i) & (RING - 1))));
    }
    if (waiting > 0) memory.write32(this.at + req_cons.offset, to);
    const sent = this.#answerAll();
    if (this.#send() || waiting > 0 || sent) this.domain.events.raise(this.port);
  }

  #answerAll(): boolean {
    let answered = false;
    for (;;) {
      if (this.#received.length < HEADER) return answered;
      const head = new DataView(Uint8Array.from(this.#received.slice(0, HEADER)).buffer);
      const length = head.getUint32(12, true);
      if (length > LONGEST) {
        // xenstored gives up on such a guest.
        this.#received = [];
        return answered;
      }
      if (this.#received.length < HEADER + length) return answered;
      const message = this.#received.splice(0, HEADER + length).slice(HEADER);
      this.#answer(
        head.getUint32(0, true),
        head.getUint32(4, true),
        head.getUint32(8, true),
        String.fromCharCode(...message),
      );
      answered = true;
    }
  }

  #answer(type: number, request: number, transaction: number, payload: string): void {
    try {
      this.#reply(type, request, transaction, this.#perform(type, transaction, payload));
      if (type === XS.watch) this.#fire(this.#watches.at(-1)!.path, this.#watches.at(-1)!);
    } catch (thrown) {
      if (!(thrown instanceof StoreError)) throw thrown;
      this.#reply(XS.error, request, transaction, `${thrown.message}\0`);
    }
  }

  #perform(type: number, transaction: number, payload: string): string {
    const store = transaction === 0 ? this.store : this.#transactions.get(transaction);
    if (!store) throw new StoreError('ENOENT');
    const words = payload.split('\0');
    const path = (): string => this.#absolute(words[0]!);
    switch (type) {
      case XS.read: {
        const value = store.read(path());
        if (value === undefined) throw new StoreError('ENOENT');
        return value;
      }
      case XS.directory: {
        const names = store.list(path());
        if (!names) throw new StoreError('ENOENT');
        return names.map((name) => `${name}\0`).join('');
      }
      case XS.write:
        store.write(path(), payload.slice(words[0]!.length + 1));
        if (transaction === 0) this.#changed(path());
        return 'OK\0';
      case XS.mkdir:
        if (store.read(path()) === undefined) store.write(path(), '');
        return 'OK\0';
      case XS.rm:
        store.remove(path());
        if (transaction === 0) this.#changed(path());
        return 'OK\0';
      case XS.getPerms:
        if (store.read(path()) === undefined) throw new StoreError('ENOENT');
        return `n${this.id}\0`;
      case XS.setPerms:
        return 'OK\0';
      case XS.watch:
        if (words.length < 2) throw new StoreError('EINVAL');
        if (this.#watches.some((one) => one.path === words[0] && one.token === words[1]))
          throw new StoreError('EEXIST');
        this.#watches.push({ path: words[0]!, token: words[1]! });
        return 'OK\0';
      case XS.unwatch: {
        const at = this.#watches.findIndex((one) => one.path === words[0] && one.token === words[1]);
        if (at < 0) throw new StoreError('ENOENT');
        this.#watches.splice(at, 1);
        return 'OK\0';
      }
      case XS.resetWatches:
        this.#watches.length = 0;
        this.#transactions.clear();
        return 'OK\0';
      case XS.transactionStart: {
        if (this.#transactions.size >= 10) throw new StoreError('ENOSPC');
        const id = this.#nextTransaction++;
        this.#transactions.set(id, this.store.copy());
        return `${id}\0`;
      }
      case XS.transactionEnd:
        if (transaction === 0) throw new StoreError('ENOENT');
        this.#transactions.delete(transaction);
        if (words[0] === 'T') this.store.take(store);
        return 'OK\0';
      case XS.getDomainPath:
        return `/local/domain/${Number(words[0])}\0`;
      case XS.isDomainIntroduced:
        return `${Number(words[0]) === this.id ? 'T' : 'F'}\0`;
      case XS.control:
      case XS.introduce:
      case XS.release:
      case XS.resume:
      case XS.setTarget:
        throw new StoreError('EACCES');
      default:
        throw new StoreError('ENOSYS');
    }
  }

  /** A path that does not begin with a slash lies in the domain's home; @releaseDomain and the like are no paths. */
  #absolute(path: string): string {
    if (path.startsWith('/')) return path.slice(1);
    if (path === '' || path.length > 3072) throw new StoreError('EINVAL');
    return `${this.#home}/${path}`;
  }

  #changed(path: string): void {
    for (const watch of this.#watches) {
      if (watch.path.startsWith('@')) continue;
      const watched = this.#absolute(watch.path);
      if (path !== watched && !path.startsWith(`${watched}/`)) continue;
      const below = path.slice(watched.length);
      this.#fire(`${watch.path}${below}`, watch);
    }
  }

  #fire(path: string, { token }: { token: string }): void {
    this.#reply(XS.watchEvent, 0, 0, `${path}\0${token}\0`);
  }

  #reply(type: number, request: number, transaction: number, payload: string): void {
    const message = new Uint8Array(HEADER + payload.length);
    const view = new DataView(message.buffer);
    for (const [i, word] of [type, request, transaction, payload.length].entries()) {
      view.setUint32(i * 4, word, true);
    }
    for (let i = 0; i < payload.length; i++) message[HEADER + i] = payload.charCodeAt(i);
    this.#unsent.push(...message);
  }

  /** Puts what fits into the ring. */
  #send(): boolean {
    const { memory } = this.domain.machine;
    let producer = memory.read32(this.at + rsp_prod.offset);
    const consumer = memory.read32(this.at + rsp_cons.offset);
    let count = 0;
    for (; count < this.#unsent.length && (producer - consumer) >>> 0 < RING; count++) {
      memory.guestView.setUint8(this.at + rsp.offset + (producer & (RING - 1)), this.#unsent[count]!);
      producer = (producer + 1) >>> 0;
    }
    if (count === 0) return false;
    this.#unsent = this.#unsent.slice(count);
    memory.write32(this.at + rsp_prod.offset, producer);
    return true;
  }
}
