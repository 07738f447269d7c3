import { Composer } from 'telegraf';
import { judgeCheckout } from '../../db/checkout';
import type { BotDeps, ShopContext } from '../context';
import { textsFor } from '../texts/texts';

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
    await ctx.answerPreCheckoutQuery(
      verdict === 'ok',
      verdict === 'ok' ? undefined : textsFor(ctx.user.language).checkout[verdict === 'unknown' ? 'gone' : verdict],
    );
  });
  // Service messages newer than the library's types reach only a general handler.
  feature.use(async (ctx, next) => {
    const recorded = await deps.recordPayment(ctx.update);
    return recorded ? undefined : next();
  });
  return feature;
}
