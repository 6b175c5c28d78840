// First step of `npm run build`: what a file of an earlier build left must not ship.
import { rmSync } from 'node:fs';

for (const folder of ['dist', 'man']) {
  rmSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, force: true });
}
