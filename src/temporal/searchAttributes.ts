import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { IndexedValueType } = temporal.api.enums.v1;

/** Search attributes of the shop; names and types, never anything personal. */
export const searchAttributes: Readonly<Record<string, number>> = {
  ShopUserId: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  ShopState: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ShopProblem: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ShopPlan: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ShopProvider: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ShopOrderId: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  ShopExpiresAt: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
};

/** Search attributes that the namespace lacks. */
export async function missingSearchAttributes(client: Client): Promise<readonly string[]> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: client.options.namespace });
  return Object.keys(searchAttributes).filter((name) => customAttributes?.[name] === undefined);
}

/** Registers what the namespace lacks; false when it may not, and the shop runs without search attributes then. */
export async function ensureSearchAttributes(client: Client): Promise<boolean> {
  const names = await missingSearchAttributes(client);
  if (names.length === 0) return true;
  try {
    await client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, searchAttributes[name] ?? 0])),
    });
  } catch {
    return (await missingSearchAttributes(client).catch(() => names)).length === 0;
  }
  return true;
}
