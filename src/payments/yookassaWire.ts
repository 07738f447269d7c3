import { z } from 'zod';
import type { Money } from '../domain/money';
import { readMoney } from './calls';

const amount = z.object({ value: z.string(), currency: z.string() });

/** Object Payment of YooKassa's API v3, the fields the shop uses. */
export const paymentObject = z.object({
  id: z.string().min(1).max(64),
  status: z.string(),
  amount,
  refunded_amount: amount.optional(),
  test: z.boolean().optional(),
  created_at: z.string().optional(),
  captured_at: z.string().optional(),
  confirmation: z.object({ confirmation_url: z.url().optional() }).optional(),
  cancellation_details: z.object({ party: z.string(), reason: z.string() }).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  payment_method: z
    .object({ id: z.string().min(1).max(64), type: z.string(), saved: z.boolean().optional(), title: z.string().max(128).optional() })
    .optional(),
});
export type PaymentObject = z.infer<typeof paymentObject>;

/** A page of payments; `next_cursor` is absent on the last one. */
export const paymentList = z.object({ items: z.array(paymentObject), next_cursor: z.string().optional() });

/** Object Refund. */
export const refundObject = z.object({
  id: z.string(),
  status: z.enum(['pending', 'succeeded', 'canceled']),
  cancellation_details: z.object({ reason: z.string() }).optional(),
});

/** Error object: `type` is always "error". */
export const errorObject = z.object({ code: z.string().optional(), parameter: z.string().optional() });

/** Notification: only ids are read from it, everything else is asked for. */
export const notification = z.object({
  type: z.literal('notification'),
  event: z.string().max(64),
  object: z.object({
    id: z.string().min(1).max(64),
    payment_id: z.string().min(1).max(64).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Amount object as money; throws `ProviderContract` when it is no plain decimal of a known currency. */
export function moneyOf(value: { readonly value: string; readonly currency: string }): Money {
  return readMoney('YooKassa', value.value, value.currency);
}
