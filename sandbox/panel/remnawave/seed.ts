/** Squads, inbounds and hosts of a simulated Remnawave, as the recorded one had them. */
export interface StoredSquad {
  readonly uuid: string;
  readonly name: string;
  readonly inbounds: readonly string[];
}

export interface StoredInbound {
  readonly uuid: string;
  readonly profileUuid: string;
  readonly tag: string;
  readonly type: string;
  readonly network: string | null;
  readonly security: string | null;
  readonly port: number;
}

export interface StoredHost {
  readonly uuid: string;
  readonly remark: string;
  readonly address: string;
  readonly port: number;
  readonly inbound: string;
  /** The link's part after the port; the panel makes it from the inbound and the host. */
  readonly query: string;
  isDisabled: boolean;
}

const reality = 'db4a00f8-6576-4424-81f6-9699f7574d2b';
const trojan = '5d6f731a-e152-4479-b131-b482f6ab3431';
const shadowsocks = 'dc65caef-0715-4891-8fb5-1519bab1c1c2';
const profile = 'd25b54fd-e425-4671-90a9-f594441fad78';

export const seedInbounds: readonly StoredInbound[] = [
  {
    uuid: shadowsocks,
    profileUuid: '00000000-0000-0000-0000-000000000000',
    tag: 'Shadowsocks',
    type: 'shadowsocks',
    network: null,
    security: null,
    port: 1234,
  },
  { uuid: reality, profileUuid: profile, tag: 'REALITY', type: 'vless', network: 'raw', security: 'reality', port: 443 },
  { uuid: trojan, profileUuid: profile, tag: 'TROJAN_WS', type: 'trojan', network: 'ws', security: 'none', port: 8443 },
];

export const seedSquads: readonly StoredSquad[] = [
  { uuid: 'fe2c340e-9b2a-4b7a-bec8-3721760caa17', name: 'Default-Squad', inbounds: [shadowsocks] },
  { uuid: 'd7dec908-e130-42dc-aadd-aa5182dd8f6f', name: 'Shop', inbounds: [reality, trojan] },
  { uuid: '8a5825c2-5fb2-4827-9a12-8abe5ea78967', name: 'Premium', inbounds: [reality] },
];

/** Makes the hosts: one for the REALITY inbound, one for trojan over WebSocket. */
export function seedHosts(): StoredHost[] {
  return [
    {
      uuid: 'dc590b1d-38fa-492e-8374-67ae60b6e8d0',
      remark: 'Reality 🇫🇮',
      address: 'fi.example',
      port: 443,
      inbound: reality,
      query:
        'encryption=none&flow=xtls-rprx-vision&type=tcp&security=reality&sni=www.example.com&fp=chrome&pbk=060DIdYazuaHkubMvRlqt9F9RVvokw7pKfJPBO9q7l4&sid=0123456789abcdef',
      isDisabled: false,
    },
    {
      uuid: 'b10301c2-bf51-4819-bd95-f6077601d570',
      remark: 'Trojan WS',
      address: 'de.example',
      port: 8443,
      inbound: trojan,
      query: 'type=ws&path=%2Fws&security=none',
      isDisabled: false,
    },
  ];
}
