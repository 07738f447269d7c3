import { toBuffer } from 'qrcode';
import { Composer } from 'telegraf';
import type { Message } from 'telegraf/types';
import { loadPayQr } from '../../db/screens';
import { findAwaitedTransfer, storeProof } from '../../db/transfers';
import { isShopError } from '../../errors';
import { requestKey, say, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { formatMoney } from '../views/format';
import { noticeScreen } from '../views/shopScreens';

async function submit(deps: BotDeps, ctx: ShopContext, paymentId: string): Promise<void> {
  const texts = textsFor(ctx.user.language);
  try {
    const result = await deps.shop.submitTransfer({ userId: ctx.user.id, key: requestKey(ctx), paymentId });
    if (result.outcome === 'order') return;
    const text = result.reason === 'ProofNeeded' ? texts.proofNeeded : texts.refusals[result.reason];
    await say(deps, ctx, noticeScreen(ctx.user.language, text));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.preparingLater, keyboard: [] });
    throw error;
  }
}

function fileIn(message: Message): { fileId: string; kind: 'photo' | 'document' } | undefined {
  if ('photo' in message) {
    const largest = message.photo.at(-1);
    return largest === undefined ? undefined : { fileId: largest.file_id, kind: 'photo' };
  }
  return 'document' in message ? { fileId: message.document.file_id, kind: 'document' } : undefined;
}

async function takeProof(deps: BotDeps, ctx: ShopContext, next: () => Promise<void>): Promise<void> {
  const file = ctx.message === undefined ? undefined : fileIn(ctx.message);
  const transfer = file === undefined ? undefined : await findAwaitedTransfer(deps.db, ctx.user.id);
  if (file === undefined || transfer === undefined) return next();
  await storeProof(deps.db, transfer.paymentId, file);
  await say(deps, ctx, { html: textsFor(ctx.user.language).proofTaken, keyboard: [] });
}

async function showPayQr(deps: BotDeps, ctx: ShopContext, paymentId: string): Promise<void> {
  const found = await loadPayQr(deps.db, ctx.user.id, paymentId);
  if (found === undefined) return show(deps, ctx, noticeScreen(ctx.user.language, textsFor(ctx.user.language).refusals.NotFound));
  const photo = await toBuffer(found.link, { width: 512, margin: 3, errorCorrectionLevel: 'M' });
  const html = textsFor(ctx.user.language).payQrCaption({ amount: formatMoney(found.asked, ctx.user.language) });
  await show(deps, ctx, { html, keyboard: [], photo });
}

/** Money that is sent by hand: "I have sent it", its picture, and the code for a wallet. */
export function transferFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    if (press?.kind === 'sent') return submit(deps, ctx, press.args[0]);
    if (press?.kind === 'payQr') return showPayQr(deps, ctx, press.args[0]);
    return takeProof(deps, ctx, next);
  });
  return feature;
}
