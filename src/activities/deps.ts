import type { Clock } from '../clock';
import type { Db } from '../db/connection';
import type { AskPace } from '../domain/asking';
import type { BreakerPace } from '../domain/breaker';
import type { PaymentEvent } from '../domain/payment';
import type { Policy } from '../domain/policy';
import type { ShopSettings } from '../domain/shop';
import type { Panel } from '../panels/panel';
import type { PanelWriter } from '../panels/panelWriter';
import type { PaymentProvider } from '../payments/provider';
import type { Screen } from '../bot/views/screen';
import type { ActivityLog } from './failures';

/** What every activity may use; built once by the worker. */
export interface ActivityDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: ActivityLog;
  /** The shop's settings as they are now. */
  readonly settings: () => Promise<ShopSettings>;
  readonly policy: Policy;
}

export interface PaymentDeps extends ActivityDeps {
  readonly providers: { get(code: string): Promise<PaymentProvider> };
  /** Where the provider sends the payer back to. */
  readonly returnUrl: () => Promise<string>;
  /** Stores trusted events in the inbox and tells the users' workflows. */
  readonly reportEvents: (events: readonly PaymentEvent[]) => Promise<void>;
  readonly askPace: AskPace;
}

export interface PanelDeps extends ActivityDeps {
  readonly panels: { get(panelId: string): Promise<Panel> };
  readonly writer: PanelWriter;
  readonly breaker: BreakerPace;
  /** Longest a question about a panel's health may take. */
  readonly checkMs: number;
  /** How much work of this process is under way per panel. */
  readonly atWork: Map<string, number>;
}

export interface TelegramDeps extends ActivityDeps {
  readonly sender: {
    send(chatId: number, screen: Screen): Promise<number>;
    edit(chatId: number, messageId: number, screen: Screen): Promise<'edited' | 'gone'>;
  };
}

/** Tells users' workflows; safe to repeat. */
export interface UserSignals {
  operationFinished(userId: number, operationId: string): Promise<void>;
  resync(userId: number): Promise<void>;
}
