import type { ProviderSecrets } from './providers';

/** Keys of the sandbox; they open nothing anywhere else. */
export const sandboxKeys: ProviderSecrets = {
  yookassaKey: 'test_sandbox_key',
  cryptopayToken: '12345:AAsandbox_crypto_pay_token',
  heleketKey: 'sandbox_heleket_key',
  tonToken: 'sandbox_tonapi_token',
  plategaSecret: 'sandbox_platega_secret',
  yoomoneySecret: 'sandbox_yoomoney_secret',
  cloudpaymentsSecret: 'sandbox_cloudpayments_secret',
  stripeKey: 'sk_test_sandbox',
  stripeHook: 'whsec_sandbox',
};
