const answer = { acknowledge: 0xfa, resend: 0xfe, completed: 0xaa } as const;

/** What a device answers to its commands (IBM PS/2 Hardware Interface Technical Reference, "Keyboard" and "Auxiliary Device"). */
interface Ps2Kind {
  /** Commands without a parameter by number: what is sent behind the acknowledgement. */
  readonly commands: ReadonlyMap<number, readonly number[]>;
  /** Commands with a parameter, which is acknowledged too. */
  readonly parameters: readonly number[];
  /** Answered with itself. */
  readonly echo?: number;
  /** With the parameter 0 it asks which scan code set is in use, 1–3. */
  readonly codeSet?: number;
}

const plain = (...commands: number[]): [number, number[]][] => commands.map((command) => [command, []]);

/** An MF2 keyboard on which nobody types. */
export const keyboard: Ps2Kind = {
  commands: new Map([
    ...plain(0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa),
    [0xf2, [0xab, 0x83]],
    [0xff, [answer.completed]],
  ]),
  parameters: [0xed, 0xf0, 0xf3, 0xfb, 0xfc, 0xfd],
  echo: 0xee,
  codeSet: 0xf0,
};

/** A mouse that nobody moves: status and data say that it stands still, with 4 counts a mm and 100 reports a second. */
export const mouse: Ps2Kind = {
  commands: new Map([
    ...plain(0xe6, 0xe7, 0xea, 0xec, 0xf0, 0xf4, 0xf5, 0xf6),
    [0xe9, [0, 2, 100]],
    [0xeb, [0x08, 0, 0]],
    [0xf2, [0]],
    [0xff, [answer.completed, 0]],
  ]),
  parameters: [0xe8, 0xf3],
};

/** A keyboard or mouse at the other end of a PS/2 wire. */
export class Ps2Device {
  /** The command whose parameter comes next, -1 when none. */
  #pending = -1;
  #codeSet = 2;
  /** The last byte sent, which FE asks for again. */
  #last = 0;

  constructor(
    readonly kind: Ps2Kind,
    readonly send: (byte: number) => void,
  ) {}

  /** A byte arrives; the answer leaves at once. */
  receive(byte: number): void {
    for (const sent of this.#answer(byte)) {
      this.send(sent);
      this.#last = sent;
    }
  }

  #answer(byte: number): readonly number[] {
    const { commands, parameters, echo, codeSet } = this.kind;
    const command = this.#pending;
    this.#pending = -1;
    if (command !== -1 && byte < 0xe8) {
      if (command !== codeSet) return [answer.acknowledge];
      if (byte === 0) return [answer.acknowledge, this.#codeSet];
      this.#codeSet = Math.min(byte, 3);
      return [answer.acknowledge];
    }
    if (byte === answer.resend) return [this.#last];
    if (byte === echo) return [echo];
    const sent = commands.get(byte);
    if (sent) {
      if (byte === 0xff || byte === 0xf6) this.#codeSet = 2;
      return [answer.acknowledge, ...sent];
    }
    if (!parameters.includes(byte)) return [answer.resend];
    this.#pending = byte;
    return [answer.acknowledge];
  }

  save(put: (value: number) => void): void {
    put(this.#pending);
    put(this.#codeSet);
    put(this.#last);
  }
}
