import type { Choice } from './choice.js';

/** Optional fields of what is handed over: whoever writes them asks for these. */
export const fields: readonly Choice[] = [
  {
    id: 'no-rsdp',
    family: 'fields',
    title: 'no RSDP handed over',
    clause: ({ rsdp }) => rsdp,
  },
  {
    id: 'loader-type',
    family: 'fields',
    title: 'another type_of_loader',
    clause: ({ loaderType }) => loaderType,
  },
  {
    id: 'setup-data',
    family: 'fields',
    title: 'an element of setup_data that says nothing',
    clause: ({ setupData }) => setupData,
  },
  {
    id: 'no-loader-name',
    family: 'fields',
    title: 'no name of the loader handed over',
    clause: ({ loaderName }) => loaderName,
  },
];
