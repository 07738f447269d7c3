import { userInfo } from './headers';
import type { FeedHead } from './store/recordStore';

/** Value of `subscription-userinfo` for a record: panels tell the sum of both directions, and apps show the sum too. */
export function usageOf({ state }: FeedHead): string {
  const { endsAt, trafficLimitBytes, usedBytes } = state;
  return userInfo({ endsAt, trafficLimitBytes, uploadBytes: 0, downloadBytes: usedBytes });
}
