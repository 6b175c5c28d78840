/** A contract that cannot be read; `place` is line and column, or keys where a contract has no lines. */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  constructor(
    message: string,
    readonly place?: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
