/**
 * An exception on its way to the guest: thrown through generated code, caught by the run loop. What more there is to one is
 * the instruction set's.
 */
export abstract class Fault {
  /** The instruction has retired: execution goes on behind it. */
  trap = false;
}
