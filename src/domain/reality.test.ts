import { describe, expect, it } from '@jest/globals';
import type { Node } from './node';
import { minimalClient, realityWarning, refusedFamilies, withXray } from './reality';

describe('REALITY and the version of the app', () => {
  it.each([
    ['26.3.27', '', undefined],
    ['26.7.10', undefined, undefined],
    ['26.7.11', '', '26.3.27'],
    ['v26.7.28', undefined, '26.3.27'],
    ['27.0.0', ' ', '26.3.27'],
    ['26.7.28', '0.0.0', '0.0.0'],
    ['26.3.27', '1.8.4', '1.8.4'],
    ['Unknown', '', undefined],
    [undefined, '', undefined],
  ])('asks of Xray %s with minClientVer %s for %s', (xray, configured, expected) => {
    expect(minimalClient(xray, configured)).toBe(expected);
  });

  it.each([
    [undefined, []],
    ['0.0.0', []],
    ['1.8.1', []],
    ['1.8.2', ['singbox']],
    ['1.8.3', ['mihomo', 'singbox']],
    ['26.3.27', ['mihomo', 'singbox']],
  ])('that lets in apps from %s on refuses %j', (minClient, families) => {
    expect(refusedFamilies(minClient)).toEqual(families);
  });

  it('marks the nodes of a strict Xray, and leaves what the inbound says itself', () => {
    const node: Node = {
      protocol: 'vless',
      uuid: 'u',
      encryption: 'none',
      address: 'h',
      port: 1,
      name: 'n',
      transport: { kind: 'tcp' },
      security: { kind: 'reality', publicKey: 'K' },
    };
    const open: Node = { ...node, security: { kind: 'reality', publicKey: 'K', minClient: '0.0.0' } };
    const plain: Node = { ...node, security: { kind: 'none' } };
    expect(withXray([node, open, plain], '26.7.28')).toEqual([
      { ...node, security: { kind: 'reality', publicKey: 'K', minClient: '26.3.27' } },
      open,
      plain,
    ]);
    expect(withXray([node], '26.3.27')).toEqual([node]);
  });

  it('is told to the operator with what to do, only where a family is refused', () => {
    expect(realityWarning('Germany', '26.3.27')).toMatch(/"Germany".*26\.3\.27.*0\.0\.0/s);
    expect(realityWarning('Germany', '0.0.0')).toBeUndefined();
  });
});
