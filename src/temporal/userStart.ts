import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { TechnicalTimes } from '../domain/policy';
import { queues } from '../workflows/queues';
import { userWorkflowId, type UserWorkflowInput } from '../workflows/user/messages';

const shopUserId = defineSearchAttributeKey('ShopUserId', 'INT');

export interface StartSettings {
  readonly times: TechnicalTimes;
  /** Whether the namespace has the shop's search attributes. */
  readonly searchAttributes: () => boolean;
}

/** Options that start a user's workflow, the same from wherever it is started. */
export function userStart(
  userId: number,
  settings: StartSettings,
): {
  workflowId: string;
  taskQueue: string;
  args: [UserWorkflowInput];
  staticSummary: string;
  typedSearchAttributes?: SearchAttributePair[];
} {
  return {
    workflowId: userWorkflowId(userId),
    taskQueue: queues.shop,
    args: [{ v: 1, userId, times: settings.times }],
    staticSummary: `user ${userId}`,
    ...(settings.searchAttributes() ? { typedSearchAttributes: [{ key: shopUserId, value: userId }] } : {}),
  };
}
