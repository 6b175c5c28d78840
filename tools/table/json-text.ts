/** Width of a line, as in biome.json. */
const WIDTH = 110;

/** JSON as the formatter wants it: an object's fields one a line, a list of plain values on one line where it fits. */
export function jsonText(value: unknown): string {
  return `${format(value, '', 0)}\n`;
}

/** @param before Columns that the line's start takes already, its comma at the end included. */
function format(value: unknown, indent: string, before: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (!Array.isArray(value)) {
    const fields = Object.entries(value).map(([name, field]) => {
      const start = `${inner}${JSON.stringify(name)}: `;
      return `${start}${format(field, inner, start.length + 1)}`;
    });
    return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
  }
  const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  const plain = value.every((item) => typeof item !== 'object' || item === null);
  if (plain && before + line.length <= WIDTH) return line;
  const items = value.map((item) => `${inner}${format(item, inner, inner.length + 1)}`);
  return `[\n${items.join(',\n')}\n${indent}]`;
}
