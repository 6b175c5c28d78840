/**
 * An ELF note by which an image that is no Linux kernel says what a boot of it is to reach: a name, and the text on its console
 * that shows it, both zero-terminated. `zeropage boot` and `matrix` take it for what userspace is to Linux.
 */
export const GOAL_NOTE_OWNER = 'Zeropage';
export const GOAL_NOTE_TYPE = 1;
