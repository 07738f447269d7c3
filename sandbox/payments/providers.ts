import type Router from '@koa/router';
import { createCloudpaymentsSimulator } from './cloudpayments';
import { createCryptopaySimulator } from './cryptopay';
import type { Desk } from './desk';
import { createHeleketSimulator } from './heleket';
import { createPlategaSimulator } from './platega';
import { createStripeSimulator } from './stripe';
import { createTonSimulator } from './ton';
import { createYookassaSimulator } from './yookassa';
import { createYoomoneySimulator } from './yoomoney';

/** Keys that shop and simulators share. */
export interface ProviderSecrets {
  readonly yookassaKey: string;
  readonly cryptopayToken: string;
  readonly heleketKey: string;
  readonly tonToken: string;
  readonly plategaSecret: string;
  readonly yoomoneySecret: string;
  readonly cloudpaymentsSecret: string;
  readonly stripeKey: string;
  readonly stripeHook: string;
}

/** The wallet of the sandbox, in its raw form; `shop.yaml` spells it otherwise. */
export const sandboxWallet = `0:${'ab'.repeat(32)}`;

/** Every simulated provider, by its code. Stars and transfers live in the simulated Telegram: there is nobody else to talk to. */
const simulators: Readonly<Record<string, (desk: Desk, secrets: ProviderSecrets) => Router>> = {
  yookassa: (desk, secrets) => createYookassaSimulator(desk, { shopId: '100500', secretKey: secrets.yookassaKey }),
  cryptopay: (desk, secrets) => createCryptopaySimulator(desk, { token: secrets.cryptopayToken }),
  heleket: (desk, secrets) => createHeleketSimulator(desk, { merchant: 'sandbox-merchant', paymentKey: secrets.heleketKey }),
  ton: (desk, secrets) => createTonSimulator(desk, { rawAddress: sandboxWallet, webhookToken: secrets.tonToken }),
  platega: (desk, secrets) => createPlategaSimulator(desk, { merchantId: 'sandbox-merchant', secret: secrets.plategaSecret }),
  yoomoney: (desk, secrets) => createYoomoneySimulator(desk, { secret: secrets.yoomoneySecret }),
  cloudpayments: (desk, secrets) => createCloudpaymentsSimulator(desk, { publicId: 'pk_sandbox', apiSecret: secrets.cloudpaymentsSecret }),
  stripe: (desk, secrets) => createStripeSimulator(desk, { secretKey: secrets.stripeKey, webhookSecret: secrets.stripeHook }),
};

/** Codes of the providers that have a simulator; those in Telegram among them. */
export const simulated: readonly string[] = [...Object.keys(simulators), 'stars', 'manual'];

/** Opens every simulated provider at the desk. */
export function openProviders(desk: Desk, secrets: ProviderSecrets): readonly Router[] {
  return Object.values(simulators).map((create) => create(desk, secrets));
}
