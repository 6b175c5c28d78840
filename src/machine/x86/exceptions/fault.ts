import { hasErrorCode } from '../../../abi/x86/vectors.js';
import { Fault } from '../../engine/fault.js';

/**
 * An exception on its way to the guest. Thrown through generated code, caught by the run loop.
 * One object is reused: throwing must cost little. A `trap`: INT n, INT3, INTO, INT1.
 */
export class GuestFault extends Fault {
  vector = 0;
  /** Undefined where the vector has none. */
  errorCode: number | undefined;
  /** An INT n, INT3 or INTO: the gate's DPL counts and the EXT bit stays clear. */
  software = false;
  /** Linear address to restart at when it is not that of the running instruction: a task switch came first. */
  restart: bigint | undefined;
}

const fault = new GuestFault();

/** Raises an exception in the guest. Vectors that have an error code get 0 unless one is given. */
export function raise(vector: number, errorCode?: number): never {
  fault.vector = vector;
  fault.errorCode = errorCode ?? (hasErrorCode(vector) ? 0 : undefined);
  fault.trap = false;
  fault.software = false;
  fault.restart = undefined;
  throw fault;
}

/** INT n, INT3, INTO (`software`) and INT1: delivered with RIP behind the instruction, without an error code. */
export function raiseInterrupt(vector: number, software: boolean): never {
  fault.vector = vector;
  fault.errorCode = undefined;
  fault.trap = true;
  fault.software = software;
  fault.restart = undefined;
  throw fault;
}
