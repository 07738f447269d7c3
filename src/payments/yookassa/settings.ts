import { z } from 'zod';

/** Addresses YooKassa sends from (yookassa.ru/developers, "Incoming notifications"). */
export const publishedRanges: readonly string[] = [
  '185.71.76.0/27',
  '185.71.77.0/27',
  '77.75.153.0/25',
  '77.75.154.128/25',
  '77.75.156.11/32',
  '77.75.156.35/32',
  '2a02:5180::/32',
];

/** What the operator configures for YooKassa. */
export const yookassaSettings = z.object({
  shopId: z.string().min(1),
  secretKey: z.string().min(1),
  mode: z.enum(['live', 'test']),
  apiUrl: z.url().default('https://api.yookassa.ru/v3'),
  ipRanges: z.array(z.string()).default([...publishedRanges]),
  receipt: z
    .object({
      email: z.email(),
      vatCode: z.int().min(1).max(12),
      taxSystemCode: z.int().min(1).max(6).optional(),
      paymentSubject: z.string().default('service'),
      paymentMode: z.string().default('full_payment'),
    })
    .optional(),
});

export type YookassaSettings = z.infer<typeof yookassaSettings>;
