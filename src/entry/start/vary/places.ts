import type { Choice } from './choice.js';

/** Where the loader puts what it loads and hands over: `Layout` and the starts of day ask for these. */
export const places: readonly Choice[] = [
  {
    id: 'structures',
    family: 'places',
    title: 'the structures that are handed over at other places',
    clause: ({ structures }) => structures,
  },
  {
    id: 'initrd',
    family: 'places',
    title: 'the initrd at another place',
    clause: ({ initrd }) => initrd,
  },
  {
    id: 'load-address',
    family: 'places',
    title: 'the kernel at another address',
    clause: ({ loadAddress }) => loadAddress,
  },
];
