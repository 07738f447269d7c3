import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { stateWord, type Deadline, type UserView } from '../domain/user';

const shopState = defineSearchAttributeKey('ShopState', 'KEYWORD');
const shopProblem = defineSearchAttributeKey('ShopProblem', 'KEYWORD');
const shopOrderId = defineSearchAttributeKey('ShopOrderId', 'KEYWORD');
const shopProvider = defineSearchAttributeKey('ShopProvider', 'KEYWORD');
const shopPlan = defineSearchAttributeKey('ShopPlan', 'KEYWORD');
const shopExpiresAt = defineSearchAttributeKey('ShopExpiresAt', 'DATETIME');

function attributesOf(view: UserView): SearchAttributeUpdatePair[] {
  const order = view.openOrders[0];
  const subscription = view.subscriptions.at(-1);
  return [
    { key: shopState, value: stateWord(view) },
    { key: shopProblem, value: view.parkedItems > 0 ? 'parked_item' : 'none' },
    { key: shopOrderId, value: order?.orderId ?? view.operations[0]?.orderId ?? null },
    { key: shopProvider, value: order?.provider ?? null },
    { key: shopPlan, value: subscription?.planId ?? null },
    { key: shopExpiresAt, value: subscription === undefined ? null : new Date(subscription.endsAt) },
  ];
}

function details(view: UserView, deadlines: readonly Deadline[]): string {
  const rows = [
    ...view.openOrders.map((order) => `| order | ${order.orderId} | waits for ${order.provider} until ${order.expiresAt} |`),
    ...view.operations.map((operation) => `| ${operation.kind} | ${operation.operationId} | on panel ${operation.panelId} |`),
    ...view.subscriptions.map(
      (subscription) => `| subscription | ${subscription.subscriptionId} | ${subscription.planId}, ends ${subscription.endsAt} |`,
    ),
  ];
  const next = deadlines[0];
  const table = rows.length === 0 ? 'Nothing open, nothing live.' : ['| what | id | state |', '|---|---|---|', ...rows].join('\n');
  const parked = view.parkedItems === 0 ? '' : `\n\n**${view.parkedItems} parked item(s) wait for an operator.**`;
  return `${table}\n\nNext: ${next === undefined ? 'nothing' : `${next.kind} at ${next.at}`}${parked}`;
}

/** Shows the user's state in the Temporal UI. The search attributes change only when their values do: give back what it returned. */
export function showToOperators(view: UserView, deadlines: readonly Deadline[], shown: string): string {
  setCurrentDetails(details(view, deadlines));
  if (!view.policy.searchAttributes) return shown;
  const pairs = attributesOf(view);
  const values = JSON.stringify(pairs.map((pair) => pair.value));
  if (values !== shown) upsertSearchAttributes(pairs);
  return values;
}
