import { connect, type Socket } from 'node:net';

/** A client of QEMU's GDB stub: as much of the remote serial protocol as it takes to count calls of a function. */
export class GdbStub {
  #received = '';
  #waiting: ((packet: string) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.#received += data.toString('latin1');
      this.#deliver();
    });
    socket.on('close', () => this.#waiting?.(''));
  }

  /** Tries until QEMU listens. */
  static async connect(path: string, tries = 100): Promise<GdbStub> {
    for (let i = 0; ; i++) {
      try {
        const socket = await new Promise<Socket>((resolve, reject) => {
          const one = connect(path, () => resolve(one));
          one.on('error', reject);
        });
        return new GdbStub(socket);
      } catch (error) {
        if (i >= tries) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  #deliver(): void {
    for (;;) {
      const start = this.#received.indexOf('$');
      const end = this.#received.indexOf('#', start);
      if (start < 0 || end < 0 || this.#received.length < end + 3 || !this.#waiting) return;
      const packet = this.#received.slice(start + 1, end);
      this.#received = this.#received.slice(end + 3);
      this.socket.write('+');
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting(packet);
    }
  }

  /** Sends a packet; the answer, '' when QEMU has gone. */
  ask(packet: string): Promise<string> {
    const sum = [...packet].reduce((total, character) => total + character.charCodeAt(0), 0) & 0xff;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.socket.write(`$${packet}#${sum.toString(16).padStart(2, '0')}`);
      this.#deliver();
    });
  }

  /** General registers by GDB's numbers: RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8–R15, RIP. */
  async registers(): Promise<bigint[]> {
    const bytes = Buffer.from((await this.ask('g')).slice(0, 17 * 16), 'hex');
    return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readBigUInt64LE(i * 8));
  }

  async read(address: bigint, bytes: number): Promise<Buffer> {
    return Buffer.from(await this.ask(`m${address.toString(16)},${bytes.toString(16)}`), 'hex');
  }

  close(): void {
    this.socket.destroy();
  }
}
