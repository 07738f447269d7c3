import type { TechnicalTimes } from '../domain/policy';
import { telegramActivities } from './activities';

export interface SendNoticeInput {
  readonly v: 1;
  readonly noticeId: string;
  readonly times: TechnicalTimes;
}

/** Sends one piece of news, however long Telegram takes. */
export async function sendNoticeWorkflow(input: SendNoticeInput): Promise<void> {
  await telegramActivities(input.times).sendNotice({ noticeId: input.noticeId });
}
