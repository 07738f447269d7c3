import { isShopError, ShopError } from '../../errors';
import { realityWarning, minimalClient } from '../../domain/reality';
import type { DesiredAccount, Panel, PanelHealth, SeenAccount } from '../panel';
import { listInbounds, type Strategy, type Work } from './context';
import { isSold, targetsOf } from './entries';
import { capabilitiesOf, findFacts, warningsOf, type Facts } from './facts';
import { listingOf } from './listing';
import { perClient } from './perClient';
import { perInbound } from './perInbound';
import { placed, placeWarnings } from './places';
import { createSession } from './session';
import { streamSettings } from './streamWire';
import type { SessionDeps, ThreeXUiSettings } from './transport';
import { readJson, type Inbound } from './wire';

const healthMs = 20_000;

function strategyOf(facts: Facts): Strategy {
  return facts.era === 'own' ? perClient : perInbound;
}

function requireEnd(desired: DesiredAccount): void {
  if (desired.endsAt.getTime() <= 0) throw new ShopError('Internal', { message: 'an account without an end must never reach a panel' });
}

async function reset(work: Work, desired: DesiredAccount): Promise<SeenAccount> {
  const strategy = strategyOf(work.facts);
  // Made where it is not there, and a conflict where it is another's: only then is anything reset.
  await strategy.ensure(work, desired, { force: false });
  await strategy.reset(work, desired);
  // A reset opens the traffic row and, before 3.6, not the settings; written anew, both say the same (recordings, correction 10).
  const seen = await strategy.ensure(work, desired, { force: true });
  return { ...seen, changed: true };
}

function realityWarnings(inbounds: readonly Inbound[], facts: Facts): readonly string[] {
  return inbounds.filter(isSold).flatMap((found) => {
    const { security, realitySettings } = readJson('stream settings', found.streamSettings, streamSettings);
    if (security !== 'reality') return [];
    return realityWarning(found.remark, minimalClient(facts.xrayVersion, realitySettings?.minClientVer ?? undefined)) ?? [];
  });
}

/** Runs work on a panel whose version is found by asking, and kept until a call turns out to be unknown. */
interface Runner {
  /** What the panel is, as it was found. */
  facts(signal: AbortSignal): Promise<Facts>;
  /** The same, asked anew. */
  ask(signal: AbortSignal): Promise<Work>;
  run<T>(signal: AbortSignal, work: (work: Work, strategy: Strategy) => Promise<T>): Promise<T>;
}

function createRunner(settings: ThreeXUiSettings, deps: SessionDeps): Runner {
  const session = createSession(settings, deps);
  const host = new URL(settings.url).hostname.replace(/^\[(.*)\]$/, '$1');
  let known: Facts | undefined;

  function workOf(facts: Facts, signal: AbortSignal): Work {
    return { session, facts, place: { host, xrayVersion: facts.xrayVersion }, signal };
  }

  async function ask(signal: AbortSignal): Promise<Work> {
    known = undefined;
    const facts = await findFacts(session, signal);
    known = facts;
    return workOf(facts, signal);
  }

  return {
    ask,
    facts: async (signal) => known ?? (await ask(signal)).facts,
    async run(signal, run) {
      const before = known;
      const work = before === undefined ? await ask(signal) : workOf(before, signal);
      try {
        return await run(work, strategyOf(work.facts));
      } catch (error) {
        if (before === undefined || !isShopError(error, 'PanelBadConfig')) throw error;
        // A panel that was updated while the shop ran no longer knows a call: it is asked what it is now, and the work done once more.
        const found = await ask(signal);
        if (found.facts.version === before.version) throw error;
        return run(found, strategyOf(found.facts));
      }
    },
  };
}

async function healthOf(work: Work): Promise<PanelHealth> {
  const inbounds = await placed(work, await listInbounds(work));
  return {
    version: work.facts.version,
    coreState: work.facts.xrayState,
    targets: targetsOf(inbounds, work.place),
    warnings: [...warningsOf(work.facts), ...placeWarnings(inbounds), ...realityWarnings(inbounds, work.facts)],
  };
}

/** 3x-ui in all its eras, from 2.3 on. Throws as `Panel` says. */
export function createThreeXUi(settings: ThreeXUiSettings, deps: SessionDeps): Panel {
  const runner = createRunner(settings, deps);
  return {
    kind: '3x-ui',
    capabilities: async (signal) => capabilitiesOf(await runner.facts(signal)),
    health: async () => healthOf(await runner.ask(AbortSignal.timeout(healthMs))),
    async ensureAccount(desired, signal) {
      requireEnd(desired);
      return runner.run(signal, (work, strategy) => strategy.ensure(work, desired, { force: false }));
    },
    removeAccount: (account, signal) => runner.run(signal, (work, strategy) => strategy.remove(work, account)),
    async resetUsage(desired, signal) {
      requireEnd(desired);
      return runner.run(signal, (work) => reset(work, desired));
    },
    listAccounts: (signal) =>
      runner.run(signal, async (work, strategy) => {
        const inbounds = await placed(work, await listInbounds(work));
        return { ...listingOf(inbounds, { strategy, place: work.place }), targets: targetsOf(inbounds, work.place) };
      }),
    close: () => deps.http.close(),
  };
}
