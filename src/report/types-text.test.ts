import { expect, test } from 'vitest';
import { BtfAssembler } from '../../test/btf/assemble.js';
import { Bytes } from '../core/bytes.js';
import { ImageError } from '../core/errors.js';
import { Btf } from '../image/btf/btf.js';
import { typesText } from './types-text.js';

function sample(): Btf {
  const a = new BtfAssembler();
  const int = a.int('int', 4);
  const char = a.int('char', 1);
  const inner = a.composite('struct', '', 12, [
    ['low', char, 0],
    ['high', int, 32],
    ['last', int, 64],
  ]);
  const shared = a.composite('union', '', 12, [
    ['whole', a.array(int, 3), 0],
    ['', inner, 0],
  ]);
  const s = a.composite('struct', 's', 40, [
    ['flag', int, 0, 1],
    ['mode', int, 1, 3],
    ['where', a.refer('ptr', a.refer('const', char)), 64],
    ['part', a.array(shared, 1), 128],
    ['end', char, 256],
  ]);
  a.refer('typedef', a.composite('union', '', 4, [['value', int, 0]]), 'cell_t');
  a.refer('typedef', s, 's_t');
  a.enumeration('s', 4, [['ONE', 1n]]);
  a.func('f', a.prototype(int, [['s', a.refer('ptr', s)]]));
  return new Btf(new Bytes(a.build()));
}

test('shows every type of a name, with offsets, bits, holes and padding', () => {
  expect(typesText(sample(), 's')).toBe(`struct s {
	int flag:1;               /*     0: 0     4 */
	int mode:3;               /*     0: 1     4 */

	/* hole: 7 bytes 4 bits */

	const char *where;        /*     8        8 */
	union {
		int whole[3];     /*    16       12 */
		struct {
			char low; /*    16        1 */

			/* hole: 3 bytes */

			int high; /*    20        4 */
			int last; /*    24        4 */
		};                /*    16       12 */
	} part[1];                /*    16       12 */

	/* hole: 4 bytes */

	char end;                 /*    32        1 */

	/* size: 40, members: 5, holes: 2 (11 bytes 4 bits), padding: 7 bytes */
};

enum s {
	ONE = 1,

	/* size: 4 */
};
`);
});

test('shows typedefs, functions and hexadecimal', () => {
  const btf = sample();
  expect(typesText(btf, 's_t')).toBe('typedef struct s s_t;\n');
  expect(typesText(btf, 'cell_t', { hex: true })).toBe(
    'typedef union {\n\tint value; /*   0x0      0x4 */\n\n\t/* size: 0x4, members: 1 */\n} cell_t;\n',
  );
  expect(typesText(btf, 'f')).toBe('int f(struct s *s);\n');
  expect(typesText(btf, 'enum s')).toMatch(/^enum s \{/);
  expect(typesText(btf, 'union s')).toBeUndefined();
});

test('damaged types end in an ImageError', () => {
  const a = new BtfAssembler();
  a.composite('struct', 's', 4, [['x', 2, 0]]);
  a.refer('typedef', 2, 'loop');
  const btf = new Btf(new Bytes(a.build()));
  expect(() => typesText(btf, 's')).toThrow(ImageError);
  expect(() => typesText(btf, 'loop')).not.toThrow();
});
