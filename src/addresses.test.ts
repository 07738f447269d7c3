import { describe, expect, it } from '@jest/globals';
import { addressList, clientAddress } from './addresses';

const trusted = addressList(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);

describe('clientAddress', () => {
  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['10.0.0.1', '185.71.76.1, 1.2.3.4', '1.2.3.4'],
    ['10.0.0.1', '1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['::ffff:10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
    ['fd00::1', '2001:db8::5', '2001:db8::5'],
    ['10.0.0.1', 'garbage', '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4, garbage', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '1.2.3.4,'.repeat(12_000), '10.0.0.1'],
  ])('of %s with "%s" is %s', (socket, header, address) => {
    expect(clientAddress(socket, header, trusted)).toBe(address);
  });

  it('believes no header without trusted proxies', () => {
    expect(clientAddress('127.0.0.1', '185.71.76.1', addressList([]))).toBe('127.0.0.1');
  });
});

it.each(['300.1.1.1', '1.2.3.4/33', 'example.com', '', '1.2.3.4/x'])('addressList refuses "%s"', (entry) => {
  expect(() => addressList([entry])).toThrow(/neither an address nor a network/);
});
