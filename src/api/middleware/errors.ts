import type { Context, Next } from 'koa';
import { isShopError, type ShopErrorCode } from '../../errors';

/** HTTP status of each code at this edge; total, so a new code has to choose. Nothing but "ask again later" is a 5xx. */
const statuses: Readonly<Record<ShopErrorCode, number>> = {
  ConfigInvalid: 503,
  NotFound: 404,
  PlanUnavailable: 404,
  MethodUnavailable: 404,
  OrderNotOpen: 409,
  UserBanned: 403,
  BalanceTooLow: 409,
  MoneyInvalid: 400,
  Busy: 503,
  TemporalUnavailable: 503,
  DatabaseUnavailable: 503,
  SecretKeyMismatch: 503,
  ProviderUnavailable: 503,
  ProviderUnknownOutcome: 503,
  ProviderRejected: 503,
  ProviderMisconfigured: 503,
  ProviderContract: 503,
  PanelUnavailable: 503,
  PanelUnknownOutcome: 503,
  PanelAuthFailed: 503,
  PanelRateLimited: 503,
  PanelBadConfig: 503,
  PanelContract: 503,
  PanelConflict: 503,
  PanelTargetMissing: 503,
  PanelLockLost: 503,
  TelegramUnavailable: 503,
  TelegramUnknownOutcome: 503,
  TelegramRateLimited: 503,
  TelegramUnreachable: 503,
  TelegramRejected: 503,
  Internal: 503,
};

/** Turns every error into a bare status: who asks learns nothing about the inside. */
export function handleErrors(log: { error(fields: object, message: string): void }): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.status = isShopError(error) ? statuses[error.code] : 503;
      ctx.body = '';
      log.error({ err: error, status: ctx.status, route: ctx['_matchedRoute'] }, 'a request could not be answered');
    }
  };
}
