#!/usr/bin/env node
import { watchOutputs } from './output.js';
import { run } from './run.js';
import { setUp } from './set-up.js';

setUp();
watchOutputs();
process.exitCode = await run(process.argv.slice(2));
