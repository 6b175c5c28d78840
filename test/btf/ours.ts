/** Layouts of src/image/btf in the form of test/btf/pahole.ts, so that the two can be compared line by line. */
import type { Btf } from '../../src/image/btf/btf.js';
import type { Field } from '../../src/image/btf/layout.js';
import { normaliseDeclaration, type PaholeType } from './pahole.js';

export function ourType(btf: Btf, id: number): PaholeType {
  const { kind, name, size, fields } = btf.layout(id)!;
  return {
    keyword: kind,
    name,
    size: kind === 'struct' ? size : undefined,
    members: fields.flatMap((field) => lines(btf, field)),
  };
}

function lines(btf: Btf, field: Field): string[] {
  const bits = field.bitSize === undefined ? '' : `:${field.bitSize}`;
  const declaration = normaliseDeclaration(btf.declare(field.typeId, `${field.name}${bits}`));
  const place = `${field.offset}${field.bitOffset === undefined ? '' : `:${field.bitOffset}`} ${field.size}`;
  return [...(field.inPlace?.fields ?? []).flatMap((inner) => lines(btf, inner)), `${place} ${declaration}`];
}
