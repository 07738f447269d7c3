import type { Language, Localised } from '../domain/language';
import type { Db } from './connection';

/** Who is reminded, and of what. */
export interface Reminded {
  readonly chatId: number;
  readonly userId: number;
  readonly language: Language;
  readonly planId: string;
  readonly planTitle: Localised;
  /** Word of the method used last. */
  readonly lastMethod: string | undefined;
}

/** The owner of a subscription and its plan; undefined where the owner has no chat. */
export async function loadReminded(db: Db, subscriptionId: string): Promise<Reminded | undefined> {
  const row:
    | { telegram_id: number | null; user_id: number; language: Language; last_provider: string | null; plan_id: string; title: Localised }
    | undefined = await db('subscriptions')
    .join('users', 'users.id', 'subscriptions.user_id')
    .join('plans', 'plans.id', 'subscriptions.plan_id')
    .where({ 'subscriptions.id': subscriptionId })
    .first('users.telegram_id', 'subscriptions.user_id', 'users.language', 'users.last_provider', 'subscriptions.plan_id', 'plans.title');
  if (row === undefined || row.telegram_id === null) return undefined;
  return {
    chatId: row.telegram_id,
    userId: row.user_id,
    language: row.language,
    planId: row.plan_id,
    planTitle: row.title,
    lastMethod: row.last_provider ?? undefined,
  };
}
