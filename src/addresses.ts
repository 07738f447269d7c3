import { BlockList, isIP, isIPv4 } from 'node:net';
import { ShopError } from './errors';

/** A set of addresses and networks. */
export interface AddressList {
  /** False for anything that is not an address. An IPv4 address mapped into IPv6 counts as IPv4. */
  contains(address: string): boolean;
}

/** `::ffff:a.b.c.d` as `a.b.c.d` (RFC 4291, 2.5.5.2); every other text as it is. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

/** Reads addresses and networks such as `10.0.0.1`, `185.71.76.0/27`, `2a02:5180::/32`; throws `ConfigInvalid` for anything else. */
export function addressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.trim().split('/');
    const version = isIP(address);
    const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
    if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (version === 6 ? 128 : 32)) {
      throw new ShopError('ConfigInvalid', {
        message: 'an address list holds an entry that is neither an address nor a network like 10.0.0.0/8',
      });
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    contains(address) {
      const plain = plainAddress(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

const longestForwardedFor = 2_000;

/**
 * Address of the client behind trusted proxies: the socket's own, or while that is trusted the next entry of `X-Forwarded-For` from the right.
 * Without trusted proxies the header is ignored.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | undefined, trusted: AddressList): string {
  let current = plainAddress(socketAddress);
  if (forwardedFor === undefined || forwardedFor.length > longestForwardedFor) return current;
  const hops = forwardedFor.split(',').map((hop) => plainAddress(hop.trim()));
  while (trusted.contains(current)) {
    const next = hops.pop();
    if (next === undefined || isIP(next) === 0) return current;
    current = next;
  }
  return current;
}

/** What one household has: an IPv4 address as it is, of an IPv6 address the network of 64 bits that a line is given (RFC 6177). */
export function householdOf(address: string): string {
  const plain = plainAddress(address);
  if (isIP(plain) !== 6) return plain;
  const [before = '', after] = plain.split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [start, end] = [groups(before), groups(after ?? '')];
  const zeros = after === undefined ? 0 : 8 - start.length - end.length;
  return `${[...start, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...end].slice(0, 4).join(':')}::/64`;
}
