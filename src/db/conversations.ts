import type { Db } from './connection';

/** What the bot waits for from a user, with what it is for. */
export interface Conversation {
  readonly waitsFor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A question is forgotten after this long. */
const patienceMs = 60 * 60_000;

/** Waits for a text from the user; an earlier question is forgotten. */
export async function openConversation(db: Db, userId: number, question: Conversation & { readonly now: Date }): Promise<void> {
  const row = {
    waits_for: question.waitsFor,
    data: JSON.stringify(question.data),
    expires_at: new Date(question.now.getTime() + patienceMs),
  };
  await db('conversations')
    .insert({ user_id: userId, ...row })
    .onConflict('user_id')
    .merge({ ...row, version: db.raw('conversations.version + 1') });
}

/** What the bot waits for from the user; undefined when it waits for nothing, or waited too long. */
export async function findConversation(db: Db, userId: number, now: Date): Promise<Conversation | undefined> {
  const row: { waits_for: string; data: Readonly<Record<string, unknown>> } | undefined = await db('conversations')
    .where({ user_id: userId })
    .where('expires_at', '>', now)
    .first('waits_for', 'data');
  return row === undefined ? undefined : { waitsFor: row.waits_for, data: row.data };
}

/** Waits no longer. */
export async function closeConversation(db: Db, userId: number): Promise<void> {
  await db('conversations').where({ user_id: userId }).delete();
}
