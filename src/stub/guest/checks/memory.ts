import type { Check } from '../check.js';

/** What must hold of memory whatever the entry: claims about the boot information made of the loader's structures. */
export const memoryChecks: readonly Check[] = [
  { name: 'the memory map has RAM', routine: 'check_some_ram' },
  { name: 'no range of the memory map wraps around', routine: 'check_range_sizes' },
  { name: 'no RAM overlaps another range', routine: 'check_overlaps' },
  { name: 'the image lies in RAM', routine: 'check_image_in_ram' },
  {
    name: "the entry's structure lies in RAM or firmware memory, outside the image",
    routine: 'check_data_place',
  },
  { name: 'the command line is readable and ends within 64 KiB', routine: 'check_command_line' },
  { name: 'every module lies in RAM, outside the image', routine: 'check_module_places' },
  { name: 'no module overlaps another', routine: 'check_module_overlaps' },
  { name: 'RAM can be written up to its last byte', routine: 'check_writable' },
  { name: 'address line 20 is on', routine: 'check_a20' },
  { name: 'the RSDP, if any, has its signature and checksum', routine: 'check_rsdp' },
];
