import { describe, expect, it } from '@jest/globals';
import { inboundWith } from '../../../test/support/inbounds';
import { flowFor } from './nodes';

describe('the flow for new clients', () => {
  it.each([
    ['vless', { network: 'tcp', security: 'tls' }, 'xtls-rprx-vision'],
    ['vless', { network: 'tcp', security: 'none' }, ''],
    ['vless', { network: 'ws', security: 'tls' }, ''],
    ['trojan', { network: 'tcp', security: 'tls' }, ''],
    ['hysteria', { network: 'hysteria', security: 'tls' }, ''],
  ])('of %s over %j is "%s"', (protocol, stream, flow) => {
    expect(flowFor(inboundWith({ protocol, stream }))).toBe(flow);
  });
});
