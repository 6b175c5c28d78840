/** Guest RAM as a `DataView` that notes where it was written. @unsaved a view of RAM, which `stateHash` goes over */
export class GuestView extends DataView<ArrayBuffer> {
  readonly #touch: (address: number, bytes: number) => void;

  constructor(
    buffer: ArrayBuffer,
    start: number,
    bytes: number,
    touch: (address: number, bytes: number) => void,
  ) {
    super(buffer, start, bytes);
    this.#touch = touch;
  }

  override setUint8(address: number, value: number): void {
    this.#touch(address, 1);
    super.setUint8(address, value);
  }

  override setInt8(address: number, value: number): void {
    this.#touch(address, 1);
    super.setInt8(address, value);
  }

  override setUint16(address: number, value: number, little?: boolean): void {
    this.#touch(address, 2);
    super.setUint16(address, value, little);
  }

  override setInt16(address: number, value: number, little?: boolean): void {
    this.#touch(address, 2);
    super.setInt16(address, value, little);
  }

  override setUint32(address: number, value: number, little?: boolean): void {
    this.#touch(address, 4);
    super.setUint32(address, value, little);
  }

  override setInt32(address: number, value: number, little?: boolean): void {
    this.#touch(address, 4);
    super.setInt32(address, value, little);
  }

  override setBigUint64(address: number, value: bigint, little?: boolean): void {
    this.#touch(address, 8);
    super.setBigUint64(address, value, little);
  }

  override setBigInt64(address: number, value: bigint, little?: boolean): void {
    this.#touch(address, 8);
    super.setBigInt64(address, value, little);
  }

  override setFloat32(address: number, value: number, little?: boolean): void {
    this.#touch(address, 4);
    super.setFloat32(address, value, little);
  }

  override setFloat64(address: number, value: number, little?: boolean): void {
    this.#touch(address, 8);
    super.setFloat64(address, value, little);
  }
}
