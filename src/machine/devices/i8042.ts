import type { AccessSize, Device } from '../bus.js';
import type { InterruptLine } from './interrupt-line.js';
import { keyboard, mouse, Ps2Device } from './ps2-device.js';

const status = {
  outputFull: 0x01,
  systemFlag: 0x04,
  command: 0x08,
  unlocked: 0x10,
  auxiliary: 0x20,
} as const;
const commandByte = {
  keyboardInterrupt: 0x01,
  auxiliaryInterrupt: 0x02,
  keyboardDisabled: 0x10,
  auxiliaryDisabled: 0x20,
  translate: 0x40,
} as const;
/** Output port: A20, and the keyboard's wires, which are high. */
const outputPort = { notReset: 0x01, a20: 0x02, rest: 0xcc } as const;

/** Marks a byte of the output queue as the mouse's. */
const fromMouse = 0x100;
/** Bytes that wait at most, as in QEMU; what comes then is lost. */
const queueLength = 16;

const readCommandByte = 0x20;
const writeCommandByte = 0x60;
const writeOutputPort = 0xd1;
const writeKeyboardBuffer = 0xd2;
const writeAuxiliaryBuffer = 0xd3;
const writeAuxiliary = 0xd4;

/** Scan code set 2 to 1, as far as a keyboard that nobody types on sends bytes that are translated. */
const translated: Readonly<Record<number, number>> = { 1: 0x43, 2: 0x41, 3: 0x3f, 131: 0x41 };

/**
 * Keyboard controller at ports 60 and 64 (IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
 * Controller"), with a keyboard and a mouse that nobody touches. It starts as SeaBIOS leaves it: self test passed, keyboard
 * with its interrupt and translation on, mouse off. It answers at once. A20 is always on, whatever the output port says.
 */
export class I8042 implements Device {
  readonly id = 'i8042';
  readonly ports = [
    { first: 0x60, count: 1, width: 1 },
    { first: 0x64, count: 1, width: 1 },
  ] as const;
  readonly #keyboard = new Ps2Device(keyboard, (byte) => this.#queue(this.#translate(byte), false));
  readonly #mouse = new Ps2Device(mouse, (byte) => this.#queue(byte, true));
  #command: number = commandByte.translate | commandByte.auxiliaryDisabled | commandByte.keyboardInterrupt;
  #outputPort: number = outputPort.rest | outputPort.a20 | outputPort.notReset;
  /** The command of port 64 whose byte at port 60 comes next, 0 when none. */
  #pending = 0;
  /** What waits to be read at port 60, oldest first, the mouse's with `fromMouse`. */
  readonly #output: number[] = [];
  #last = 0xfa;

  constructor(
    readonly onReset: () => void,
    readonly keyboardLine: InterruptLine,
    readonly mouseLine: InterruptLine,
  ) {}

  in(port: number, _size: AccessSize): number {
    return port === 0x64 ? this.#status() : this.#read();
  }

  out(port: number, _size: AccessSize, value: number): void {
    if (port === 0x64) this.#execute(value);
    else this.#write(value);
  }

  #status(): number {
    const next = this.#output[0];
    const full =
      next === undefined ? 0 : next & fromMouse ? status.outputFull | status.auxiliary : status.outputFull;
    return status.systemFlag | status.command | status.unlocked | full;
  }

  #read(): number {
    const next = this.#output.shift();
    if (next !== undefined) this.#last = next & 0xff;
    // The wire falls with every byte, so that the next is an edge.
    this.keyboardLine.set(false);
    this.mouseLine.set(false);
    this.#drive();
    return this.#last;
  }

  #queue(byte: number, auxiliary: boolean): void {
    if (this.#output.length === queueLength) return;
    this.#output.push(auxiliary ? byte | fromMouse : byte);
    this.#drive();
  }

  #translate(byte: number): number {
    return this.#command & commandByte.translate ? (translated[byte] ?? byte) : byte;
  }

  #drive(): void {
    const next = this.#output[0];
    const enabled = (bit: number) => (this.#command & bit) !== 0;
    this.keyboardLine.set(
      next !== undefined && !(next & fromMouse) && enabled(commandByte.keyboardInterrupt),
    );
    this.mouseLine.set(
      next !== undefined && (next & fromMouse) !== 0 && enabled(commandByte.auxiliaryInterrupt),
    );
  }

  #execute(command: number): void {
    this.#pending = 0;
    switch (command) {
      case readCommandByte:
        this.#queue(this.#command, false);
        break;
      case writeCommandByte:
      case writeOutputPort:
      case writeKeyboardBuffer:
      case writeAuxiliaryBuffer:
      case writeAuxiliary:
        this.#pending = command;
        break;
      case 0xa7:
        this.#setCommand(this.#command | commandByte.auxiliaryDisabled);
        break;
      case 0xa8:
        this.#setCommand(this.#command & ~commandByte.auxiliaryDisabled);
        break;
      case 0xa9: // test of the mouse's port: passed
      case 0xab: // test of the keyboard's port: passed
        this.#queue(0, false);
        break;
      case 0xaa: // self test: passed
        this.#queue(0x55, false);
        break;
      case 0xad:
        this.#setCommand(this.#command | commandByte.keyboardDisabled);
        break;
      case 0xae:
        this.#setCommand(this.#command & ~commandByte.keyboardDisabled);
        break;
      case 0xc0: // input port: keyboard not locked
        this.#queue(0x80, false);
        break;
      case 0xd0:
        this.#queue(this.#outputPort, false);
        break;
      case 0xdd:
        this.#outputPort &= ~outputPort.a20;
        break;
      case 0xdf:
        this.#outputPort |= outputPort.a20;
        break;
      default:
        // F0–FF pulse the bits that are 0; bit 0 is the reset line.
        if (command >= 0xf0 && !(command & 1)) this.onReset();
    }
  }

  #write(value: number): void {
    const pending = this.#pending;
    this.#pending = 0;
    switch (pending) {
      case writeCommandByte:
        this.#setCommand(value);
        break;
      case writeOutputPort:
        this.#outputPort = value;
        if (!(value & outputPort.notReset)) this.onReset();
        break;
      case writeKeyboardBuffer:
        this.#queue(value, false);
        break;
      case writeAuxiliaryBuffer:
        this.#queue(value, true);
        break;
      case writeAuxiliary:
        this.#setCommand(this.#command & ~commandByte.auxiliaryDisabled);
        this.#mouse.receive(value);
        break;
      default:
        this.#setCommand(this.#command & ~commandByte.keyboardDisabled);
        this.#keyboard.receive(value);
    }
  }

  #setCommand(value: number): void {
    this.#command = value;
    this.#drive();
  }

  save(put: (value: number) => void): void {
    for (const value of [this.#command, this.#outputPort, this.#pending, this.#last, this.#output.length])
      put(value);
    for (const byte of this.#output) put(byte);
    this.#keyboard.save(put);
    this.#mouse.save(put);
  }
}
