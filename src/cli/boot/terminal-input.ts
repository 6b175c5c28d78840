import type { ConsoleInput } from '../../boot/console-input.js';
import { EscapeKeys, keysHelp } from './keyboard.js';

/** Standard input as the guest's keyboard. */
export class TerminalInput {
  readonly #stdin = process.stdin;
  readonly #keys: EscapeKeys;

  constructor(
    private readonly input: ConsoleInput,
    quit: () => void,
  ) {
    const help = (): void => void process.stderr.write(`\r\n${keysHelp}\r\n`);
    this.#keys = new EscapeKeys((bytes) => input.type(bytes), { quit, help });
  }

  /** A terminal is the guest's from the start. What comes through a pipe waits, or the kernel's serial driver would drop it. */
  start(): void {
    if (!this.#stdin.isTTY) return;
    this.#stdin.setRawMode(true);
    this.#stdin.on('data', this.#fromTerminal);
  }

  userspace(): void {
    if (!this.#stdin.isTTY) this.#stdin.on('data', this.#fromPipe);
  }

  close(): void {
    if (this.#stdin.isTTY) this.#stdin.setRawMode(false);
    this.#stdin.off('data', this.#fromTerminal).off('data', this.#fromPipe).pause();
  }

  readonly #fromTerminal = (bytes: Buffer): void => this.#keys.type(bytes);
  readonly #fromPipe = (bytes: Buffer): void => this.input.type(bytes);
}
