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
    answered_by: null,
  };
  await db('conversations')
    .insert({ user_id: userId, ...row })
    .onConflict('user_id')
    .merge({ ...row, version: db.raw('conversations.version + 1') });
}

/**
 * What the bot waits for from the user, asked by a Telegram update that may be the answer; undefined when it waits for nothing, waited too long, or
 * another update has answered. The update that did finds it again.
 */
export async function findConversation(
  db: Db,
  userId: number,
  by: { readonly updateId: number; readonly now: Date },
): Promise<Conversation | undefined> {
  const row: { waits_for: string; data: Readonly<Record<string, unknown>> } | undefined = await db('conversations')
    .where({ user_id: userId })
    .whereRaw('(answered_by = ? or (answered_by is null and expires_at > ?))', [by.updateId, by.now])
    .first('waits_for', 'data');
  return row === undefined ? undefined : { waitsFor: row.waits_for, data: row.data };
}

/** Waits no longer, as this Telegram update has answered. */
export async function closeConversation(db: Db, userId: number, updateId: number): Promise<void> {
  await db('conversations').where({ user_id: userId, answered_by: null }).update({ answered_by: updateId });
}
