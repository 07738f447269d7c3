import type Router from '@koa/router';
import { readJsonBody } from '../body';
import type { PanelState } from './book';

/** What an operator's hands do on the panel itself: change or delete a client, move an inbound to another port. */
export function handRoutes(router: Router, path: string, state: PanelState): void {
  router.post(`${path}/hand`, async (ctx) => {
    const { email, changes } = await readJsonBody(ctx.req);
    const { book } = state;
    for (const inbound of book.inbounds) {
      const clients = inbound.settings.clients.flatMap((client) => {
        if (client.email !== email) return [client];
        return changes === null ? [] : [{ ...client, ...Object(changes) }];
      });
      inbound.settings = { ...inbound.settings, clients };
    }
    if (changes === null) book.records = book.records.filter((record) => record.fields['email'] !== email);
    else for (const record of book.records) if (record.fields['email'] === email) Object.assign(record.fields, changes);
    ctx.body = { ok: true };
  });
  router.post(`${path}/inbounds`, async (ctx) => {
    const { id, port } = await readJsonBody(ctx.req);
    const inbound = state.book.inbounds.find((one) => one.id === Number(id));
    if (inbound !== undefined) inbound.port = Number(port);
    ctx.body = { ok: inbound !== undefined };
  });
}
