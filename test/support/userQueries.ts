import { QueryNotRegisteredError } from '@temporalio/client';
import type { TestShop } from './shop';

/** Asks a user's workflow; undefined in the moment in which it goes on as a new run. */
export async function queryUser<T>(shop: TestShop, userId: number, query: 'getState' | 'getDeadlines'): Promise<T | undefined> {
  try {
    return await shop.temporal.workflow.getHandle(`user-${userId}`).query<T>(query);
  } catch (error) {
    if (error instanceof QueryNotRegisteredError) return undefined;
    throw error;
  }
}
