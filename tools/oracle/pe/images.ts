import { type CraftPe, type CraftPeSection, craftPe } from '../../../test/craft/pe.js';
import { ascii, concat } from '../../../test/craft/write.js';

/** Small EFI applications, each of which prints its letter to the first serial port; all but the first have something wrong. */

/** MOV DX,0x3F8; MOV AL,letter; OUT DX,AL; XOR EAX,EAX; RET. */
const program = (letter: string): Uint8Array =>
  concat(
    Uint8Array.of(0x66, 0xba, 0xf8, 0x03, 0xb0, letter.charCodeAt(0), 0xee, 0x31, 0xc0, 0xc3),
    new Uint8Array(0x1f6).fill(0x90),
  );
const data = { name: '.data', data: ascii('data'.repeat(0x80)), characteristics: 0xc0000040 };

const shapes: Readonly<Record<string, (text: CraftPeSection) => CraftPe>> = {
  sound: (text) => ({ sections: [text, data] }),
  overlap: (text) => ({ sections: [text, { ...data, virtualAddress: 0x1100 }] }),
  'outside SizeOfImage': (text) => ({ sections: [text, { ...data, virtualAddress: 0x8000 }] }),
  'bss outside SizeOfImage': (text) => ({ sections: [text, { ...data, virtualSize: 0x9000 }] }),
  'loaded over the headers': (text) => ({
    sections: [text, { ...data, virtualAddress: 0x300 }],
    raw: { sizeOfHeaders: 0x1000 },
  }),
  'bytes of the headers': (text) => ({ sections: [text, { ...data, raw: { pointerToRawData: 0x100 } }] }),
  'section table beyond SizeOfHeaders': (text) => ({ sections: [text, data], raw: { sizeOfHeaders: 0x180 } }),
  unaligned: (text) => ({
    sections: [text, { ...data, virtualAddress: 0x2010 }],
    raw: { sizeOfImage: 0x4000 },
  }),
  'VirtualSize 0': (text) => ({ sections: [text, { ...data, raw: { virtualSize: 0 } }] }),
  'entry outside SizeOfImage': (text) => ({ sections: [text, data], entry: 0x9000 }),
  'bytes beyond the file': (text) => ({ sections: [text, { ...data, raw: { sizeOfRawData: 0x10000 } }] }),
};

/** By what is wrong with each; the letters are A, B, C … in this order. */
export const images: Readonly<Record<string, { readonly letter: string; readonly file: Uint8Array }>> =
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => {
      const letter = String.fromCharCode(65 + index);
      return [name, { letter, file: craftPe(shape({ name: '.text', data: program(letter) })) }];
    }),
  );
