/** Inbounds and hosts of a simulated Marzban, as the recorded one had them. */
export interface StoredInbound {
  tag: string;
  readonly protocol: string;
  readonly network: string;
  readonly tls: string;
  readonly port: number;
}

export interface StoredHost {
  readonly tag: string;
  readonly remark: string;
  readonly address: string;
  readonly port: number;
  /** The link's query; `{flow}` stands where the panel writes a flow. */
  readonly query: string;
}

const reality = 'sni=www.example.com&fp=chrome&pbk=s-ezAs9lYNw23_xJhG5W8_sN7tVfTfR7RP7p2KCkGCk&sid=6ba85179e30d4fc2';
const extra =
  '%7B%22scMaxEachPostBytes%22%3A+1000000%2C+%22scMaxConcurrentPosts%22%3A+100%2C+%22scMinPostsIntervalMs%22%3A+30%2C+%22xPaddingBytes%22%3A+%22100-1000%22%2C+%22noGRPCHeader%22%3A+false%7D';

/** Makes the inbounds: four of VLESS, one of Shadowsocks. */
export function seedInbounds(): StoredInbound[] {
  return [
    { tag: 'VLESS TCP REALITY', protocol: 'vless', network: 'tcp', tls: 'reality', port: 10443 },
    { tag: 'VLESS WS', protocol: 'vless', network: 'ws', tls: 'none', port: 10080 },
    { tag: 'VLESS GRPC', protocol: 'vless', network: 'grpc', tls: 'none', port: 10081 },
    { tag: 'VLESS XHTTP REALITY', protocol: 'vless', network: 'xhttp', tls: 'reality', port: 10082 },
    { tag: 'Shadowsocks TCP', protocol: 'shadowsocks', network: 'tcp', tls: 'none', port: 1080 },
  ];
}

function host(tag: string, letter: string, rest: { readonly port: number; readonly query: string }): StoredHost {
  return { tag, remark: `node-${letter} ({USERNAME})`, address: `node-${letter}.example`, ...rest };
}

/** One host for each inbound. */
export const seedHosts: readonly StoredHost[] = [
  host('VLESS TCP REALITY', 'a', { port: 443, query: `security=reality&type=tcp&headerType=&{flow}path=&host=&${reality}` }),
  host('VLESS WS', 'b', { port: 80, query: 'security=none&type=ws&headerType=&path=%2Fws&host=' }),
  host('VLESS GRPC', 'c', { port: 443, query: 'security=none&type=grpc&headerType=&serviceName=vless-grpc&authority=&mode=gun' }),
  host('VLESS XHTTP REALITY', 'd', {
    port: 443,
    query: `security=reality&type=xhttp&headerType=&path=%2Fxh&host=&mode=auto&extra=${extra}&${reality}`,
  }),
  host('Shadowsocks TCP', 'e', { port: 443, query: '' }),
];
