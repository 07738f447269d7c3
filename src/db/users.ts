import type { Language } from '../domain/language';
import { ShopError } from '../errors';
import type { Db } from './connection';

export interface StoredUser {
  readonly id: number;
  readonly telegramId: number | undefined;
  readonly language: Language;
  readonly isBanned: boolean;
  /** Word of the method used last. */
  readonly lastMethod: string | undefined;
  readonly email: string | undefined;
}

interface UserRow {
  readonly id: number;
  readonly telegram_id: number | null;
  readonly language: Language;
  readonly is_banned: boolean;
  readonly last_provider: string | null;
  readonly email: string | null;
}

function toUser(row: UserRow): StoredUser {
  return {
    id: row.id,
    telegramId: row.telegram_id ?? undefined,
    language: row.language,
    isBanned: row.is_banned,
    lastMethod: row.last_provider ?? undefined,
    email: row.email ?? undefined,
  };
}

/** The user with this Telegram id, made when new, with the campaign they came from. Telegram's language is taken over until the user chose one. */
export async function findOrCreateUser(
  db: Db,
  seen: { telegramId: number; language: Language; source?: string | undefined; wasBanned?: () => Promise<boolean> },
): Promise<StoredUser> {
  const found: UserRow | undefined = await db<UserRow>('users').where({ telegram_id: seen.telegramId }).first();
  if (found !== undefined) return toUser(found);
  const rows: readonly UserRow[] = await db('users')
    .insert({ telegram_id: seen.telegramId, language: seen.language, source: seen.source, is_banned: (await seen.wasBanned?.()) ?? false })
    .onConflict('telegram_id')
    .merge({ telegram_id: seen.telegramId })
    .returning('*');
  const row = rows[0];
  if (row === undefined) throw new ShopError('Internal', { message: 'a user was neither written nor found' });
  return toUser(row);
}

/** How a user is written to. */
export async function findContact(db: Db, userId: number): Promise<{ readonly language: Language; readonly email: string | undefined }> {
  const row: { language: Language; email: string | null } | undefined = await db('users').where({ id: userId }).first('language', 'email');
  return { language: row?.language ?? 'en', email: row?.email ?? undefined };
}

/** The user's Telegram id, where they have a chat. */
export async function findTelegramId(db: Db, userId: number): Promise<number | undefined> {
  const row: { telegram_id: number | null } | undefined = await db('users').where({ id: userId }).first('telegram_id');
  return row?.telegram_id ?? undefined;
}

/** Keeps where receipts go; undefined forgets it. */
export async function setEmail(db: Db, userId: number, email: string | undefined): Promise<void> {
  await db('users')
    .where({ id: userId })
    .update({ email: email ?? null });
}

/** Keeps the language the user chose. */
export async function setLanguage(db: Db, userId: number, language: Language): Promise<void> {
  await db('users').where({ id: userId }).update({ language, language_chosen: true });
}

/** Notes that the buyer blocked the bot. */
export async function markBlocked(db: Db, telegramId: number, now: Date): Promise<void> {
  await db('users').where({ telegram_id: telegramId }).update({ blocked_at: now });
}

/** Notes that the buyer is back. */
export async function markReachable(db: Db, telegramId: number): Promise<void> {
  await db('users').where({ telegram_id: telegramId }).whereNotNull('blocked_at').update({ blocked_at: null });
}
