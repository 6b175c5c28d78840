/** A size in bytes for people: 3 digits, binary units. */
export function bytes(size: number | bigint): string {
  const value = Number(size);
  if (value < 1024) return `${value} ${value === 1 ? 'byte' : 'bytes'}`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let power = 1;
  // A value that would be rounded to 1024 is 1 of the next unit.
  while (power < units.length && value / 1024 ** power >= 1023.5) power++;
  const scaled = value / 1024 ** power;
  const digits = Number.isInteger(scaled) || scaled >= 100 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${units[power - 1]}`;
}

/** A count with thin groups of three, so that 163840 reads as 163 840. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `1 note`, `2 notes`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
