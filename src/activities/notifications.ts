import { orderScreen } from '../bot/views/orderScreen';
import { keptMethodScreen, noticeFor } from '../bot/views/notices';
import { extraReadyScreen } from '../bot/views/extraScreens';
import { readyScreen } from '../bot/views/readyScreen';
import type { Screen } from '../bot/views/screen';
import { raiseAlert } from '../db/alerts';
import { loadLinks } from '../db/giveSubscription';
import { loadKeptRenewal } from '../db/keptRenewal';
import { claimNotice, markNoticeSent, releaseNotice, type AddressedNotice } from '../db/notices';
import { findOperation } from '../db/operations';
import {
  claimDelay,
  claimReady,
  claimStage,
  findOrderChat,
  isOvertaken,
  markReadySent,
  releaseReady,
  setOrderMessage,
  type OrderChat,
} from '../db/orderMessages';
import { findAccount } from '../db/panelAccounts';
import { findPanelHealth } from '../db/panelHealth';
import { loadOrderScreen } from '../db/screens';
import { markBlocked } from '../db/users';
import type { Language } from '../domain/language';
import type { Notice } from '../domain/notice';
import { stageRank, type OrderScreenData } from '../domain/order';
import { isShopError } from '../errors';
import type { TelegramDeps } from './deps';
import { panelAlert } from './panelWork';

const mostRounds = 5;

async function loadScreen(deps: TelegramDeps, orderId: string): Promise<OrderScreenData | undefined> {
  return loadOrderScreen(deps.db, orderId, await deps.settings());
}

async function draw(deps: TelegramDeps, chat: OrderChat, data: OrderScreenData): Promise<void> {
  const screen = orderScreen(data, deps.clock.now());
  const edited = chat.messageId === undefined ? 'gone' : await deps.sender.edit(chat.chatId, chat.messageId, screen);
  if (edited === 'gone') await setOrderMessage(deps.db, data.orderId, await deps.sender.send(chat.chatId, screen));
}

// A chat that cannot be reached ends its message only: access and money go on.
async function unlessUnreachable(deps: TelegramDeps, chat: OrderChat, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (isShopError(error, 'TelegramUnreachable')) await markBlocked(deps.db, chat.chatId, deps.clock.now());
    else if (!isShopError(error, 'TelegramRejected')) throw error;
    else deps.log.error({ code: error.code, userId: chat.userId }, error.message);
  }
}

/** Draws the order's message at its present stage. A late draw that another overtook is drawn again, so the newest stage stays. */
export async function showOrder(deps: TelegramDeps, input: { readonly orderId: string }): Promise<void> {
  const chat = await findOrderChat(deps.db, input.orderId);
  if (chat === undefined) return;
  await unlessUnreachable(deps, chat, async () => {
    for (let round = 0; round < mostRounds; round += 1) {
      const data = await loadScreen(deps, input.orderId);
      const current = await findOrderChat(deps.db, input.orderId);
      if (data === undefined || current === undefined) return;
      const rank = stageRank[data.stage];
      if (!(await claimStage(deps.db, input.orderId, rank))) return;
      await draw(deps, current, data);
      if (!(await isOvertaken(deps.db, input.orderId, rank))) return;
    }
  });
}

async function sendReady(deps: TelegramDeps, chat: OrderChat, data: OrderScreenData): Promise<void> {
  try {
    await deps.sender.send(chat.chatId, data.kind === 'extra' ? extraReadyScreen(data) : readyScreen(data));
  } catch (error) {
    const neverLeft = isShopError(error, 'TelegramUnavailable', 'TelegramRateLimited');
    if (neverLeft) await releaseReady(deps.db, data.orderId);
    throw error;
  }
}

/** Sends the link in a new message and brings the order's own up to date. It may repeat once when an answer was lost, never more. */
export async function announceReady(deps: TelegramDeps, input: { readonly orderId: string }): Promise<void> {
  const chat = await findOrderChat(deps.db, input.orderId);
  const data = chat === undefined ? undefined : await loadScreen(deps, input.orderId);
  if (chat === undefined || data === undefined) return;
  // What was taken back while it was being set up is not announced.
  if (data.stage === 'refunded') return showOrder(deps, input);
  await unlessUnreachable(deps, chat, async () => {
    if (await claimReady(deps.db, input.orderId, deps.clock.now())) await sendReady(deps, chat, data);
    await markReadySent(deps.db, input.orderId, deps.clock.now());
  });
  await showOrder(deps, input);
}

async function keptScreen(deps: TelegramDeps, notice: Extract<Notice, { kind: 'method_saved' }>, language: Language): Promise<Screen> {
  const renewal = await loadKeptRenewal(deps.db, notice.params, { policy: deps.policy.renewal, now: deps.clock.now() });
  if (renewal === undefined) return noticeFor(notice, language);
  return keptMethodScreen({ language, timeZone: (await deps.settings()).timeZone, title: notice.params.title, renewal });
}

async function noticeScreenOf(deps: TelegramDeps, { notice, language }: AddressedNotice): Promise<Screen> {
  if (notice.kind === 'method_saved') return keptScreen(deps, notice, language);
  if (notice.kind !== 'access_ready') return noticeFor(notice, language);
  const settings = await deps.settings();
  const subscription = await loadLinks(deps.db, notice.params.subscriptionId, settings);
  const link = subscription === undefined ? {} : { subscription };
  return readyScreen({ language, timeZone: settings.timeZone, renewsSubscription: false, ...link });
}

/** Sends one piece of news, at most once (a link: once more where its answer was lost): it is given back only if it provably never left. */
export async function sendNotice(deps: TelegramDeps, input: { readonly noticeId: string }): Promise<void> {
  const addressed = await claimNotice(deps.db, input.noticeId, deps.clock.now());
  if (addressed === undefined) return;
  const { chatId, notice } = addressed;
  try {
    await deps.sender.send(chatId, await noticeScreenOf(deps, addressed));
    await markNoticeSent(deps.db, input.noticeId, deps.clock.now());
  } catch (error) {
    if (isShopError(error, 'TelegramUnreachable')) await markBlocked(deps.db, chatId, deps.clock.now());
    else if (isShopError(error, 'TelegramUnavailable', 'TelegramRateLimited')) {
      await releaseNotice(deps.db, input.noticeId);
      throw error;
    } else if (notice.kind === 'access_ready' && isShopError(error, 'TelegramUnknownOutcome')) throw error;
    else deps.log.error({ notice: input.noticeId }, 'a notice was not taken, or its answer was lost; it is not sent again');
  }
}

/** Tells the buyer (once per order) and the operators (once per panel) that a panel keeps somebody waiting. */
export async function tellDelay(deps: TelegramDeps, input: { readonly operationId: string }): Promise<void> {
  const operation = await findOperation(deps.db, input.operationId);
  const account = operation === undefined ? undefined : await findAccount(deps.db, operation.panelAccountId);
  if (operation === undefined || account === undefined || operation.state !== 'open') return;
  const health = await findPanelHealth(deps.db, account.panelId);
  if (health?.state === 'down')
    await raiseAlert(deps.db, {
      key: panelAlert(account.panelId),
      kind: 'panel',
      text: `Panel ${account.panelId} keeps paid orders waiting. They finish by themselves when it answers; "npm run shop -- doctor" says what is wrong.`,
    });
  if (operation.orderId === undefined || !(await claimDelay(deps.db, operation.orderId, deps.clock.now()))) return;
  await showOrder(deps, { orderId: operation.orderId });
}
