import { Context } from '@temporalio/activity';
import type { PanelDeps } from './deps';

/** Runs work that writes to a panel: as its only writer where the panel needs that, at once where it does not. */
export async function runOnPanel<T>(deps: PanelDeps, panelId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = Context.current().cancellationSignal;
  const panel = await deps.panels.get(panelId);
  const { singleWriter } = await panel.capabilities(signal);
  return singleWriter ? deps.writer.run(panelId, (held) => work(AbortSignal.any([held, signal]))) : work(signal);
}
