/** A worker thread that runs the command line from its sources: tsx does not reach into threads by itself. */
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData);
