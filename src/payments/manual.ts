import { ShopError } from '../errors';
import type { Settings } from './blocks';
import { emptyAck } from './proof';
import type { CreateInvoiceInput, CreatedInvoice, PaymentProvider } from './provider';

const code = 'manual';
const hourMs = 3_600_000;

function invoiceFor(settings: Settings<'manual'>, input: CreateInvoiceInput): CreatedInvoice {
  const place = settings.requisites.find((entry) => entry.id === input.choice);
  if (place === undefined)
    throw new ShopError('ProviderRejected', { message: 'the card or phone number of this transfer is no longer in shop.yaml' });
  return {
    asked: input.price,
    instructions: { kind: 'transfer', way: place.kind, number: place.number, holder: place.holder, bank: place.bank },
  };
}

/** A transfer from person to person, by card or phone number: the amount is one of its own, and an operator says whether it came. */
export function createManual(settings: Settings<'manual'>): PaymentProvider {
  return {
    code,
    capabilities: {
      currencies: ['RUB'],
      choices: [],
      webhookProof: 'none',
      poll: false,
      cancelOpen: false,
      expiry: 'ours',
      refund: 'manual',
      refundReports: 'none',
      recurring: 'none',
      partialPayments: false,
      createIdempotent: 'reference',
      needsReceiptContact: false,
      deadlineMs: settings.transferHours * hourMs,
      transfer: {
        places: settings.requisites.map((entry) => entry.id),
        decisionMs: settings.decisionHours * hourMs,
        proofRequired: settings.proof === 'required',
      },
    },
    createInvoice: (input) => Promise.resolve(invoiceFor(settings, input)),
    verifyWebhook: () => ({ kind: 'rejected', why: 'auth', ack: emptyAck(404) }),
    // Only an operator knows.
    fetchStatus: () => Promise.resolve([]),
    check: () => Promise.resolve(),
  };
}
