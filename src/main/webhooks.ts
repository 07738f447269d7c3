import { addressList } from '../addresses';
import type { WebhookDeps } from '../api/routes/paymentWebhooks';
import { judgeCheckout } from '../db/checkout';
import type { Sealer } from '../db/seal';
import { deliverAll, storeEvents, storeUnreadable, type InboxDeps } from '../inbox/paymentEvents';
import type { ProviderDirectory } from '../payments/index';

export interface WebhookParts {
  readonly inbox: InboxDeps;
  readonly sealer: Sealer;
  readonly providers: ProviderDirectory;
  readonly trustedProxies: readonly string[];
}

/** What the webhook route works with: bodies are sealed, events stored with them, the workflow told afterwards. */
export function webhookDeps({ inbox, sealer, providers, trustedProxies }: WebhookParts): WebhookDeps {
  const { db, clock, log } = inbox;
  const seal = (raw: string, digest: string): string => sealer.seal(raw, { table: 'payment_events', column: 'raw_sealed', row: digest });
  return {
    provider: (code) => providers.get(code),
    async store(events, { digest, raw }) {
      const stored = await storeEvents(inbox, events, { digest, sealed: seal(raw, digest) });
      return { tell: () => deliverAll(inbox, stored) };
    },
    keepUnreadable: (provider, { digest, raw, why }) => storeUnreadable(inbox, provider, { digest, sealed: seal(raw, digest), why }),
    judge: ({ paymentId, userId, amount }) =>
      judgeCheckout(db, { paymentId, amount, payer: userId === undefined ? undefined : { userId } }, clock.now()),
    trustedProxies: addressList(trustedProxies),
    clock,
    log,
  };
}
