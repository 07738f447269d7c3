import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { Db } from '../../src/db/connection';
import { applyPayment } from '../../src/db/applyPayment';
import type { PaymentEvent } from '../../src/domain/payment';
import type { Claim, Sending, VectorTable } from '../vectors/table';
import { mutate } from './mutants';
import { createRandom } from './random';
import type { Seeded } from './seeds';
import type { Stall } from './webhookServer';

/** A webhook server under test. */
export interface FuzzTarget {
  readonly url: string;
  stalls(): Promise<readonly Stall[]>;
  stop(): Promise<void>;
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    // What test/support/webhookServer.ts sends.
    const failed = (code: number | null): void => reject(new Error(`the webhook server ended with ${code ?? 'a signal'}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message as T);
    });
  });
}

/** Starts the webhook server on a database. */
export async function startFuzzTarget(databaseUrl: string): Promise<FuzzTarget> {
  const child = fork(join(__dirname, 'webhookServer.ts'), [databaseUrl], { execArgv: ['--import', 'tsx'] });
  const { port } = await answerOf<{ port: number }>(child);
  return {
    url: `http://127.0.0.1:${port}`,
    async stalls() {
      const answer = answerOf<{ stalls: readonly Stall[] }>(child);
      child.send('stalls');
      return (await answer).stalls;
    },
    async stop() {
      const gone = new Promise((resolve) => void child.once('exit', resolve));
      child.kill();
      await gone;
    },
  };
}

interface Mutant {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly slot: string | undefined;
  /** Carries a proof that the provider could have given. */
  readonly isSigned: boolean;
}

const slots = ['pay', 'confirm', 'refund', 'fail', 'cancel', 'check', 'recurrent', 'nonsense', undefined];

/** Every case has its own numbers, so that one can be made again alone. */
function mutantOf(table: VectorTable, sending: Sending, input: { seed: number; index: number; reference: string }): Mutant {
  const random = createRandom(input.seed * 1_000_003 + input.index);
  const now = new Date();
  const id = String(1_000_000 + input.index);
  const whole = sending.body({ id, reference: input.reference, now });
  const body = mutate(whole, sending.form, random);
  const slot = sending.slot === undefined ? undefined : random.below(3) === 0 ? random.pick(slots) : sending.slot;
  if (random.below(2) === 0) return { ...sending.sign(body, now), slot, isSigned: true };
  // The proof of the valid body, under the changed one; or none, two, or a foreign one.
  const { headers, body: proven } = sending.sign(Buffer.from(whole), now);
  const sent = table.bodyProof === 'fields' ? mutate(proven.toString('utf8'), sending.form, random) : body;
  const [name] = table.proofHeaders;
  if (name === undefined) return { headers, body: sent, slot, isSigned: table.bodyProof === 'none' };
  const value = String(headers[name]);
  const { [name]: _, ...others } = headers;
  const wrong = random.pick<string[] | undefined>([undefined, [value, value], [''], [`${value}x`], ['A'.repeat(4_000)], ['v1=,t=,v1']]);
  const isKept = table.bodyProof !== 'none' && random.below(2) === 0;
  const kept = isKept ? headers : wrong === undefined ? others : { ...others, [name]: wrong };
  return { headers: kept, body: sent, slot, isSigned: isKept && sent.toString('latin1') === whole };
}

/** Every message by the digest of its body, and whether it carried a good proof. */
export type Sent = Map<string, { readonly body: Buffer; readonly isSigned: boolean }>;

const connections = 8;

interface Storm {
  readonly table: VectorTable;
  readonly sending: Sending;
  readonly reference: string;
  readonly cases: number;
  readonly seed: number;
  readonly sent: Sent;
}

/** Sends `cases` mutants of the provider's valid body and notes them in `sent`; gives how often each status came back. */
export async function fuzz(target: FuzzTarget, storm: Storm): Promise<Readonly<Record<string, number>>> {
  const { table, sending, cases, seed, sent } = storm;
  const pool = new Pool(target.url, { connections, pipelining: 1 });
  const statuses: Record<string, number> = {};
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < cases) {
      const index = next;
      next += 1;
      const mutant = mutantOf(table, sending, { ...storm, index });
      const digest = createHash('sha256').update(mutant.body).digest('hex');
      sent.set(digest, { body: mutant.body, isSigned: mutant.isSigned || sent.get(digest)?.isSigned === true });
      const path = `/webhooks/${table.code}${mutant.slot === undefined ? '' : `/${mutant.slot}`}`;
      const reply = await pool.request({ path, method: 'POST', headers: mutant.headers, body: mutant.body });
      await reply.body.dump();
      if (reply.statusCode >= 500) throw new Error(`${table.code}: case ${index} of seed ${seed} was answered ${reply.statusCode}`);
      statuses[reply.statusCode] = (statuses[reply.statusCode] ?? 0) + 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    await pool.destroy();
  }
  return statuses;
}

/** Digits after the point; nothing here is taken from the shop. */
const digits: Readonly<Record<string, number>> = { XTR: 0, JPY: 0, USDT: 6, BTC: 8, TON: 9 };

/** What a body says, read without the shop's code. */
export function claimOf(sending: Sending, body: Buffer): Claim | undefined {
  if (sending.claim === undefined) return undefined;
  try {
    // A byte order mark is no part of a text (Unicode Standard, 23.8).
    const text = new TextDecoder().decode(body);
    return sending.claim(
      sending.form === 'json' ? (JSON.parse(text) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(text)),
    );
  } catch {
    return undefined;
  }
}

/** The amount of a claim in whole minor units; undefined where it is no plain decimal. */
export function minorOf(sending: Sending, claim: Claim): number | undefined {
  if (sending.minor === true) return typeof claim.amount === 'number' ? claim.amount : undefined;
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(claim.amount));
  if (match === null) return undefined;
  const places = digits[String(claim.currency)] ?? 2;
  const fraction = (match[2] ?? '').padEnd(places, '0');
  return /[1-9]/.test(fraction.slice(places)) ? undefined : Number(`${match[1]}${fraction.slice(0, places)}`);
}

interface StoredRow {
  readonly id: string;
  readonly digest: string | null;
  readonly trusted: boolean;
  readonly result: string | null;
  readonly event: Partial<PaymentEvent>;
}

/** What the mutants left in the inbox, judged against what they said. */
export interface Left {
  /** Rows of messages without a good proof. */
  readonly forged: number;
  /** Money events that say something else than their body. */
  readonly misread: readonly { readonly event: Partial<PaymentEvent>; readonly claim: Claim | undefined }[];
  /** Events of money that are believed. */
  readonly money: readonly Partial<PaymentEvent>[];
  /** Ids of events that say, rightly, that the whole order was paid. */
  readonly whole: readonly string[];
  readonly believed: number;
  readonly unreadable: number;
}

function isMisread(sending: Sending, event: Partial<PaymentEvent>, claim: Claim | undefined): boolean {
  const money = event.received ?? event.asked;
  if (money === undefined) return false;
  if (claim === undefined) return true;
  const minor = claim.amount === undefined || claim.amount === '' ? money.minor : minorOf(sending, claim);
  const isSame = minor === money.minor && claim.currency === money.currency;
  const isPaid = event.type !== 'paid' || sending.paidWords.includes(String(claim.status));
  const isRight = event.ref?.paymentId === undefined || event.ref.paymentId === claim.reference;
  return !(isSame && isPaid && isRight);
}

function saysWhole(sending: Sending, claim: Claim | undefined, reference: string): boolean {
  if (claim === undefined) return false;
  const isPaid = sending.paidWords.includes(String(claim.status));
  return isPaid && claim.reference === reference && claim.currency === 'RUB' && minorOf(sending, claim) === 29_900;
}

/** Reads what the mutants left. */
export async function readLeft(
  db: Db,
  given: { readonly code: string; readonly sending: Sending; readonly reference: string; readonly sent: Sent },
): Promise<Left> {
  const { sending, sent, reference } = given;
  const rows: readonly StoredRow[] = await db('payment_events')
    .where({ provider: given.code })
    .select('id', 'digest', 'trusted', 'result', 'event');
  const judged = rows.map((row) => {
    const message = sent.get(row.digest ?? '');
    return { row, isSigned: message?.isSigned === true, claim: claimOf(sending, message?.body ?? Buffer.alloc(0)) };
  });
  const kept = judged.filter(({ row }) => row.result !== 'unreadable');
  const believed = kept.filter(({ row }) => row.trusted);
  return {
    // Where values are signed and not bytes, another spelling of the signed values is not forged.
    forged: judged.filter(({ isSigned, claim }) => !isSigned && !saysWhole(sending, claim, reference)).length,
    misread: believed
      .filter(({ row, claim }) => isMisread(sending, row.event, claim))
      .map(({ row, claim }) => ({ event: row.event, claim })),
    money: believed.map(({ row }) => row.event).filter((event) => (event.received ?? event.receivedTotal) !== undefined),
    whole: believed.filter(({ row, claim }) => row.event.type === 'paid' && saysWhole(sending, claim, reference)).map(({ row }) => row.id),
    believed: believed.length,
    unreadable: judged.length - kept.length,
  };
}

/** Applies what stands open for a payment, as the user's workflow does. */
export async function applyOpen(db: Db, seeded: Seeded): Promise<string> {
  const application = {
    userId: seeded.userId,
    paymentId: seeded.paymentId,
    settings: { timeZone: 'Europe/Moscow', graceMs: 0 },
    planToday: () => Promise.resolve(undefined),
    now: new Date(),
  };
  return (await db.transaction((tx) => applyPayment(tx, application))).outcome;
}
