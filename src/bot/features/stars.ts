import { Composer } from 'telegraf';
import { judgeCheckout } from '../../db/checkout';
import { toTelegramError } from '../../telegram/sender';
import type { BotDeps, ShopContext } from '../context';
import { textsFor } from '../texts/texts';

// To say it twice changes nothing, so it is tried again whatever became of it; only a question that is void needs no answer any more.
async function answerCheckout(deps: BotDeps, ctx: ShopContext, refusal: string | undefined): Promise<void> {
  try {
    await ctx.answerPreCheckoutQuery(refusal === undefined, refusal);
  } catch (error) {
    const failure = toTelegramError(error);
    if (failure.code !== 'TelegramRejected') throw failure;
    deps.log.warn({ updateId: ctx.update.update_id }, 'a question before a payment is void, or was answered before');
  }
}

/** Telegram's own payments: the question before paying, answered from Postgres alone, and the proof that it was paid. */
export function starsFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.on('pre_checkout_query', async (ctx) => {
    const query = ctx.preCheckoutQuery;
    const verdict = await judgeCheckout(
      deps.db,
      {
        paymentId: query.invoice_payload,
        payer: { telegramId: query.from.id },
        amount: { minor: query.total_amount, currency: query.currency },
      },
      deps.clock.now(),
    ).catch(() => 'unavailable' as const);
    const refusal = verdict === 'ok' ? undefined : textsFor(ctx.user.language).checkout[verdict === 'unknown' ? 'gone' : verdict];
    await answerCheckout(deps, ctx, refusal);
  });
  // Service messages newer than the library's types reach only a general handler.
  feature.use(async (ctx, next) => {
    const recorded = await deps.recordPayment(ctx.update);
    return recorded ? undefined : next();
  });
  return feature;
}
