import { beginCell, Address } from '@ton/core';
import { describe, expect, it } from '@jest/globals';
import { rawAddress } from '../../src/payments/ton';
import { invoiceInput, now, providerWith } from './bench';

const wallet = `0:${'ab'.repeat(32)}`;
const spellings = [
  wallet,
  'EQCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq8Uk',
  'UQCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq5jh',
  '0QCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urqyNr',
] as const;
const settings = { address: spellings[1], rate: { fixed: '250' } };
const asked = { minor: 1_196_000_000, currency: 'TON' };
const ref = { paymentId: 'pay_1', externalId: undefined, asked, createdAt: now };
const seconds = Math.floor(now.getTime() / 1_000);

function transfer(lt: number, changes: { message?: object; [field: string]: unknown } = {}): object {
  const { message, ...fields } = changes;
  const inMsg = {
    msg_type: 'int_msg',
    value: 1_196_000_000,
    bounced: false,
    destination: { address: wallet },
    op_code: '0x00000000',
    decoded_op_name: 'text_comment',
    decoded_body: { text: 'pay_1' },
    ...message,
  };
  return {
    hash: 'a'.repeat(64),
    lt,
    utime: seconds,
    success: true,
    aborted: false,
    account: { address: wallet },
    in_msg: inMsg,
    ...fields,
  };
}

async function eventsFor(...transactions: readonly object[]): Promise<readonly unknown[]> {
  const { provider } = providerWith('ton', settings, [{ text: JSON.stringify({ transactions }) }]);
  return provider.fetchStatus(ref);
}

describe('TON', () => {
  it('TON-1: takes the four spellings of an address for one', () => {
    expect(spellings.map(rawAddress)).toEqual([wallet, wallet, wallet, wallet]);
    expect(rawAddress('EQnonsense')).toBeUndefined();
  });

  it('TON-1: writes a comment as the cell that wallets make of it', () => {
    const cell = beginCell().storeUint(0, 32).storeStringTail('ord_01J9ZK3T7Q').endCell();
    expect(cell.toBoc().toString('base64')).toBe('te6cckEBAQEAFAAAJAAAAABvcmRfMDFKOVpLM1Q3UctZXY0=');
    expect(cell.hash().toString('hex')).toBe('465b8d6cfa77aa579443135d7d4f0985a59840fd525a3bad6e85a876877508f1');
    expect(Address.parse(spellings[0]).toString({ bounceable: false })).toBe(spellings[2]);
  });

  it('asks by address, amount and comment, in a link and in texts to copy', async () => {
    const { provider, calls } = providerWith('ton', settings);
    const invoice = await provider.createInvoice(invoiceInput({ price: asked }));
    expect(invoice).toEqual({
      asked,
      payUrl: `https://app.tonkeeper.com/transfer/${spellings[2]}?amount=1196000000&text=pay_1`,
      instructions: {
        kind: 'ton',
        address: spellings[2],
        amount: '1.196',
        ticker: 'TON',
        comment: 'pay_1',
        link: `ton://transfer/${spellings[2]}?amount=1196000000&text=pay_1`,
      },
    });
    expect(calls).toHaveLength(0);
  });

  it('16: takes a transfer with the comment, also with spaces around it, and each of several', async () => {
    expect(await eventsFor(transfer(1), transfer(2, { message: { value: '5', decoded_body: { text: '  pay_1 ' } } }))).toMatchObject([
      { type: 'paid', chargeId: `${wallet}:1`, received: asked, ref: { paymentId: 'pay_1' } },
      { type: 'paid', chargeId: `${wallet}:2`, received: { minor: 5, currency: 'TON' } },
    ]);
  });

  it.each([
    ['to another wallet', transfer(1, { message: { destination: { address: `0:${'cd'.repeat(32)}` } } })],
    ['seen from another account', transfer(1, { account: { address: `0:${'cd'.repeat(32)}` } })],
    ['that failed', transfer(1, { success: false })],
    ['that was aborted', transfer(1, { aborted: true })],
    ['that bounced', transfer(1, { message: { bounced: true } })],
    ['from outside', transfer(1, { message: { msg_type: 'ext_in_msg' } })],
    ['of a token, which anybody can claim', transfer(1, { message: { op_code: '0x7362d09c', decoded_op_name: 'jetton_notify' } })],
    ['with another comment', transfer(1, { message: { decoded_body: { text: 'pay_2' } } })],
    ['without a message', transfer(1, { in_msg: null })],
  ])('16: takes no transfer %s', async (_what, transaction) => {
    expect(await eventsFor(transaction)).toEqual([]);
  });

  it('16: tells of a transfer without a known comment, so that it can be decided on, but not of dust', async () => {
    const plain = { decoded_op_name: undefined, decoded_body: undefined, op_code: undefined };
    const transactions = [transfer(1, { message: plain }), transfer(2, { message: { ...plain, value: 1_000 } })];
    const { provider } = providerWith('ton', settings, [{ text: JSON.stringify({ transactions }) }]);
    const listed = await provider.listSince?.(new Date(0), undefined);
    expect(listed?.events).toMatchObject([{ type: 'paid', chargeId: `${wallet}:1`, ref: {} }]);
  });

  it('looks a transaction up by the hash of a notice', async () => {
    const { provider, calls } = providerWith('ton', settings, [{ text: JSON.stringify(transfer(7)) }]);
    const events = await provider.fetchStatus({ paymentId: undefined, externalId: 'f'.repeat(64), asked: undefined, createdAt: now });
    expect(calls[0]?.url).toBe(`https://tonapi.io/v2/blockchain/transactions/${'f'.repeat(64)}`);
    expect(events).toMatchObject([{ chargeId: `${wallet}:7` }]);
  });

  it('asks for the price of the coin where none is set', async () => {
    const { provider } = providerWith('ton', { ...settings, rate: { source: 'tonapi' } }, [
      { text: JSON.stringify({ rates: { TON: { prices: { RUB: 251.337 } } } }) },
    ]);
    expect(await provider.fetchRate?.('RUB')).toEqual({ unitPrice: '251.337000000', source: 'tonapi' });
    expect(provider.rate).toBeUndefined();
  });
});
