import { profiles, type ProfileName } from '../../../sandbox/panel/profiles';
import type { Stage } from './replay';

/** What came of 20 clients added at once. */
export interface AtOnce {
  readonly succeeded: number;
  /** Status and body of what did not succeed. */
  readonly failed: readonly string[];
  /** Found in the settings of the inbound, and in the traffic rows. */
  readonly present: number;
  readonly rows: number;
}

async function logIn(stage: Stage, version: ProfileName): Promise<Record<string, string>> {
  let headers: Record<string, string> = { 'content-type': 'application/json' };
  if (profiles[version].csrf) {
    const reply = await fetch(`${stage.url}csrf-token`);
    const { obj } = (await reply.json()) as { obj: string };
    headers = { ...headers, 'x-csrf-token': obj, cookie: (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  }
  const reply = await fetch(`${stage.url}login`, { method: 'POST', headers, body: JSON.stringify({ username: 't', password: 't' }) });
  const cookie = reply.headers.get('set-cookie');
  return cookie === null ? headers : { ...headers, cookie: cookie.split(';')[0] ?? '' };
}

/** Makes an inbound and adds 20 different clients to it at once, as the recorder did. */
export async function addAtOnce(stage: Stage, version: ProfileName): Promise<AtOnce> {
  const headers = await logIn(stage, version);
  const own = profiles[version].clients === 'own';
  const post = async (path: string, body: object): Promise<Response> =>
    fetch(`${stage.url}panel/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const json = JSON.stringify;
  const settings = json({ clients: [], decryption: 'none' });
  const streamSettings = json({ network: 'tcp', security: 'none' });
  await post('inbounds/add', { enable: true, remark: 'Load', port: 21_450, protocol: 'vless', settings, streamSettings, sniffing: '{}' });
  const replies = await Promise.all(
    Array.from({ length: 20 }, async (_none, index) => {
      const client = { id: `id-${index}`, email: `c-${index}`, subId: `s-${index}`, enable: true };
      const reply = own
        ? await post('clients/add', { client, inboundIds: [1] })
        : await post('inbounds/addClient', { id: 1, settings: json({ clients: [client] }) });
      return `${reply.status} ${await reply.text()}`;
    }),
  );
  const succeeded = replies.filter((reply) => reply.startsWith('200 {"success":true')).length;
  const failed = replies.filter((reply) => !reply.startsWith('200 {"success":true'));
  return { succeeded, failed, ...stage.count(1) };
}
