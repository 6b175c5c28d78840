// First step of `npm run build`: what a file of an earlier build left must not ship.
import { rmSync } from 'node:fs';

rmSync(new URL('../../dist', import.meta.url), { recursive: true, force: true });
