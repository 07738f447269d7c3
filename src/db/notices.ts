import type { Language } from '../domain/language';
import type { Notice } from '../domain/notice';
import type { Db } from './connection';
import { newId } from './ids';

/** Writes news for a buyer, in the transaction of what it tells; the same key is written once. */
export async function addNotice(tx: Db, notice: Notice & { readonly userId: number; readonly key: string }): Promise<void> {
  await tx('notices')
    .insert({ id: newId('ntc'), user_id: notice.userId, key: notice.key, kind: notice.kind, params: JSON.stringify(notice.params) })
    .onConflict('key')
    .ignore();
}

export interface AddressedNotice {
  readonly chatId: number;
  readonly language: Language;
  readonly notice: Notice;
}

/** Takes a notice for sending; undefined when it was taken before (a link: twice, because it must arrive) or its user has no chat. */
export async function claimNotice(db: Db, noticeId: string, now: Date): Promise<AddressedNotice | undefined> {
  const rows: readonly { kind: Notice['kind']; params: Notice['params']; user_id: number }[] = await db('notices')
    .where({ id: noticeId })
    .whereRaw(`(claimed_at is null or (kind = 'access_ready' and sent_at is null and sends < 2))`)
    .update({ claimed_at: now, sends: db.raw('sends + 1') })
    .returning(['kind', 'params', 'user_id']);
  const row = rows[0];
  if (row === undefined) return undefined;
  const user: { telegram_id: number | null; language: Language } | undefined = await db('users')
    .where({ id: row.user_id })
    .first('telegram_id', 'language');
  if (user === undefined || user.telegram_id === null) return undefined;
  // Kind and parameters were written together from one notice.
  return { chatId: user.telegram_id, language: user.language, notice: { kind: row.kind, params: row.params } as Notice };
}

/** Gives a notice back that provably never left. */
export async function releaseNotice(db: Db, noticeId: string): Promise<void> {
  await db('notices')
    .where({ id: noticeId })
    .whereNull('sent_at')
    .update({ claimed_at: null, sends: db.raw('greatest(sends - 1, 0)') });
}

/** Notes that Telegram took it. */
export async function markNoticeSent(db: Db, noticeId: string, now: Date): Promise<void> {
  await db('notices').where({ id: noticeId }).update({ sent_at: now });
}
