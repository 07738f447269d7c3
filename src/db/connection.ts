import knex, { type Knex } from 'knex';
import { types } from 'pg';

/** A connection pool or a transaction: what every function of this folder takes first. */
export type Db = Knex;

// Money and ids are safe integers everywhere; anything larger must fail loudly instead of losing digits.
types.setTypeParser(types.builtins.INT8, (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a stored integer is larger than a safe integer');
  return value;
});

export interface ConnectionOptions {
  readonly url: string;
  readonly poolSize?: number;
  /** Longest a statement may run, in milliseconds. */
  readonly statementTimeoutMs?: number;
}

/** Opens a pool; connections are made when first needed. */
export function connect(options: ConnectionOptions): Db {
  return knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: 'vless-kiosk',
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      idle_in_transaction_session_timeout: 30_000,
      connectionTimeoutMillis: 5_000,
    },
    pool: { min: 0, max: options.poolSize ?? 10 },
    acquireConnectionTimeout: 5_000,
    // Whatever it would print is thrown as well.
    log: { warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined },
  });
}
