const CTRL_A = 1;

/** What typed bytes mean: most go to the guest, those behind Ctrl-A are for us, as in QEMU. */
export class EscapeKeys {
  #escaped = false;

  constructor(
    private readonly send: (bytes: number[]) => void,
    private readonly commands: { quit(): void; help(): void },
  ) {}

  type(bytes: Iterable<number>): void {
    const sent: number[] = [];
    for (const byte of bytes) {
      if (this.#escaped) {
        this.#escaped = false;
        const key = String.fromCharCode(byte).toLowerCase();
        if (byte === CTRL_A) sent.push(byte);
        else if (key === 'x') this.commands.quit();
        else this.commands.help();
      } else if (byte === CTRL_A) this.#escaped = true;
      else sent.push(byte);
    }
    if (sent.length > 0) this.send(sent);
  }
}

export const keysHelp = 'Ctrl-A x quits, Ctrl-A Ctrl-A sends Ctrl-A';
