import type Router from '@koa/router';
import { readJsonBody } from '../body';
import type { PanelState } from './book';

/** Moves every end on the panel to the past, as if so much time had gone by. */
function passTime({ book }: PanelState, ms: number): void {
  const passed = (end: unknown): object => (typeof end === 'number' && end > 0 ? { expiryTime: end - ms } : {});
  for (const inbound of book.inbounds) for (const client of inbound.settings.clients) Object.assign(client, passed(client.expiryTime));
  for (const row of book.rows) Object.assign(row, passed(row.expiryTime));
  for (const record of book.records) Object.assign(record.fields, passed(record.fields['expiryTime']));
}

/** What an operator's hands do on the panel itself: change or delete a client, move an inbound to another port; and the passing of time. */
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
  router.post(`${path}/later`, async (ctx) => {
    const { ms } = await readJsonBody(ctx.req);
    passTime(state, Number(ms));
    ctx.body = { ok: true };
  });
  router.post(`${path}/inbounds`, async (ctx) => {
    const { id, port } = await readJsonBody(ctx.req);
    const inbound = state.book.inbounds.find((one) => one.id === Number(id));
    if (inbound !== undefined) inbound.port = Number(port);
    ctx.body = { ok: inbound !== undefined };
  });
}
