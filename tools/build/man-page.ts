/**
 * Part of `npm run build`: writes man/zeropage.1 from the commands as tsc has compiled them, before they are bundled. The
 * same definitions make every `--help`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { manPage } from './man-text.js';

const root = new URL('../../', import.meta.url);
const load = (path: string): Promise<unknown> => import(new URL(`dist/cli/${path}`, root).href);

const { wholeProgram, notes } = (await load('program.js')) as typeof import('../../src/cli/program.js');
const { commands } = (await load('commands.js')) as typeof import('../../src/cli/commands.js');
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };

const program = await wholeProgram();
const modules = new Map<string, Awaited<ReturnType<(typeof commands)[number]['load']>>>();
for (const { name, load } of commands) modules.set(name, await load());
mkdirSync(new URL('man/', root), { recursive: true });
writeFileSync(new URL('man/zeropage.1', root), manPage(program, modules, { version, notes }));
