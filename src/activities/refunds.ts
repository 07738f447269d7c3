import { chargesOf, type StoredCharge } from '../db/charges';
import { findPayment } from '../db/payments';
import { findRefund, noteRefund, type StoredRefund } from '../db/refunds';
import { findTelegramId } from '../db/users';
import type { PaymentEvent } from '../domain/payment';
import { ShopError } from '../errors';
import type { PaymentProvider, RefundResult } from '../payments/provider';
import type { RefundProgress } from './contract';
import type { PaymentDeps } from './deps';
import { alertRefund } from './operators';

interface Loaded {
  readonly refund: StoredRefund;
  readonly provider: PaymentProvider;
  readonly paymentId: string;
  readonly externalId: string | undefined;
  readonly charge: StoredCharge;
}

async function load(deps: PaymentDeps, refundId: string): Promise<Loaded> {
  const refund = await findRefund(deps.db, refundId);
  const payment = refund?.paymentId === undefined ? undefined : await findPayment(deps.db, refund.paymentId);
  if (refund === undefined || payment === undefined) throw new ShopError('NotFound', { message: `there is no refund ${refundId}` });
  const charges = await chargesOf(deps.db, payment.id);
  const charge = charges.find((entry) => entry.chargeId === refund.chargeId) ?? charges.at(-1);
  if (charge === undefined) throw new ShopError('ProviderRejected', { message: `payment ${payment.id} has no charge to give back` });
  const provider = await deps.providers.get(payment.provider);
  return { refund, provider, paymentId: payment.id, externalId: payment.externalId, charge };
}

// One call gives back of one charge; money that came in several has to be sent charge by charge.
function fitsCharge({ refund, provider, charge }: Loaded): boolean {
  const left = charge.amount.minor - charge.refundedMinor;
  return provider.capabilities.refund === 'full' ? refund.amount.minor === charge.amount.minor : refund.amount.minor <= left;
}

// Whatever way the provider tells of refunds by itself, the shop's own is told the same way, so that neither is counted twice.
function eventOf({ refund, provider, paymentId, charge }: Loaded, refundId: string | undefined): PaymentEvent {
  const reports = provider.capabilities.refundReports;
  const { chargeId } = charge;
  const total = { minor: charge.refundedMinor + refund.amount.minor, currency: refund.amount.currency };
  const what =
    reports === 'total'
      ? { refundedTotal: total, chargeId }
      : { refundId: (reports === 'parts' ? refundId : undefined) ?? refund.id, refunded: refund.amount, chargeId };
  return {
    provider: provider.code,
    type: 'refunded',
    trusted: true,
    dedupeKey: `own:${refund.id}`,
    ref: { paymentId },
    ...what,
    live: true,
  };
}

async function conclude(deps: PaymentDeps, loaded: Loaded, result: RefundResult): Promise<RefundProgress> {
  const { refund } = loaded;
  switch (result.state) {
    case 'done':
      await deps.reportEvents([eventOf(loaded, result.refundId)]);
      return 'done';
    case 'pending':
      await noteRefund(deps.db, refund.id, { state: 'pending', providerRefundId: result.refundId });
      return 'pending';
    case 'refused':
      await noteRefund(deps.db, refund.id, { state: 'by_hand', why: result.why });
      await alertRefund(deps.db, refund.id, result.why);
      return 'by_hand';
  }
}

function settled(refund: StoredRefund): RefundProgress | undefined {
  if (refund.state === 'done' || refund.state === 'refused') return 'done';
  return refund.state === 'by_hand' ? 'by_hand' : undefined;
}

/** Asks the provider to give the money back; the same refund is the same call. */
export async function callRefund(deps: PaymentDeps, input: { readonly refundId: string }): Promise<RefundProgress> {
  const loaded = await load(deps, input.refundId);
  const { refund, provider, paymentId, externalId, charge } = loaded;
  const before = settled(refund);
  if (before !== undefined) return before;
  if (provider.refund === undefined)
    return conclude(deps, loaded, { state: 'refused', why: `${provider.code} has no way to give money back` });
  if (!fitsCharge(loaded)) return conclude(deps, loaded, { state: 'refused', why: 'the money came in several charges' });
  const { chargeId } = charge;
  const payerTelegramId = await findTelegramId(deps.db, refund.userId);
  const result = await provider.refund({ paymentId, externalId, chargeId, payerTelegramId, amount: refund.amount, key: refund.id });
  return conclude(deps, loaded, result);
}

/** Asks how a refund stands that the provider took its time for. */
export async function askRefund(deps: PaymentDeps, input: { readonly refundId: string }): Promise<RefundProgress> {
  const loaded = await load(deps, input.refundId);
  const before = settled(loaded.refund);
  if (before !== undefined) return before;
  const id = loaded.refund.providerRefundId;
  if (id === undefined || loaded.provider.refundStatus === undefined) return callRefund(deps, input);
  return conclude(deps, loaded, await loaded.provider.refundStatus(id));
}
