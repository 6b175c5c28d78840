/** Rooms whose tests take seconds: what one runs while working, and what `npm test` runs on other versions of Node. */
export const quickRooms: readonly string[] = ['src/core', 'src/abi', 'src/machine/devices', 'tools/check'];

/** Those in which Node itself has a part: codecs, WebAssembly, the library as it is imported. */
export const nodeRooms: readonly string[] = [
  ...quickRooms,
  'src/image',
  'src/entry',
  'src/machine',
  'test/library',
];
