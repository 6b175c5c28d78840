#!/usr/bin/env node
import { run } from './run.js';

// Commands are loaded later: the stack traces of their errors name files and lines of the sources.
if (process.env.ZEROPAGE_DEBUG) process.setSourceMapsEnabled(true);

process.exitCode = await run(process.argv.slice(2));
