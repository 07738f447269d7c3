import type { PanelState } from './book';
import type { InboundSettings, StoredClient, StoredInbound } from './inbounds';
import type { Profile } from './profiles';

/** The answer after half the work: HTTP 500 with nothing in it. */
export const half = Symbol('half');
export type Half = typeof half;

export interface Edit {
  readonly inbound: StoredInbound;
  readonly edit: (clients: StoredClient[]) => StoredClient[];
  /** Confirms the write and loses it, or stops before it: switched on from outside. */
  readonly fault?: string | undefined;
  /** Whether a write that meets another one may end in an empty 500. */
  readonly mayHalf?: boolean;
}

/** Runs one change after the other where the version does so, else at once. */
export function inTurn<T>(state: PanelState, profile: Profile, work: () => Promise<T>): Promise<T> {
  if (!profile.locks) return work();
  const mine = state.queue.then(work, work);
  state.queue = mine.catch(() => undefined);
  return mine;
}

/**
 * Reads the clients of an inbound, waits, and writes the edited ones back. Names are checked against what stands there now, but what is
 * written back is what was read: that is how two calls lose one. Returns `half` where the recordings show an empty 500.
 */
export async function editClients(state: PanelState, profile: Profile, { inbound, edit, fault, mayHalf }: Edit): Promise<Half | undefined> {
  const read = inbound.settings.clients;
  const met = state.writing > 0;
  state.writing += 1;
  try {
    await state.betweenReadAndWrite();
    if (fault === 'half-500') return half;
    if (fault === 'lost-write') return undefined;
    if (met && mayHalf === true && profile.emptyFiveHundred) {
      state.met += 1;
      // Mostly a 500; now and then a success that loses what the other wrote.
      if (state.met % 4 !== 0) return half;
    }
    const settings: InboundSettings = { ...inbound.settings, clients: edit(read) };
    inbound.settings = settings;
    return undefined;
  } finally {
    state.writing -= 1;
  }
}
