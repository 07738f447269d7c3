import { userInfo } from './headers';
import type { StoredFeed } from './store/recordStore';

/** Value of `subscription-userinfo` for a record: panels tell the sum of both directions, and apps show the sum too. */
export function usageOf({ facts, usedBytes }: StoredFeed): string {
  const { endsAt, trafficLimitBytes } = facts;
  return userInfo({ endsAt, trafficLimitBytes, uploadBytes: 0, downloadBytes: usedBytes });
}
