import { Client, Connection } from '@temporalio/client';

export interface TemporalOptions {
  readonly address: string;
  readonly namespace: string;
}

/** Opens a client that connects when first used, so that a shop starts while Temporal is down. */
export function connectTemporal(options: TemporalOptions): Client {
  const connection = Connection.lazy({ address: options.address, connectTimeout: 3_000 });
  return new Client({ connection, namespace: options.namespace });
}
