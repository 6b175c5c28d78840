#!/usr/bin/env node
import { run } from './run.js';
import { setUp } from './set-up.js';

setUp();
process.exitCode = await run(process.argv.slice(2));
