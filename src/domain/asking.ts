/** When a provider is asked about a payment: waits after creation, in milliseconds. */
export interface AskPace {
  /** Waits one after another while the payment is young. */
  readonly young: readonly number[];
  /** Then this, until the deadline. */
  readonly steadyMs: number;
  /** Then at these times after the deadline, for money that is late. */
  readonly afterDeadline: readonly number[];
}

const seconds = 1_000;
const minutes = 60_000;

export const defaultAskPace: AskPace = {
  young: [...Array<number>(6).fill(10 * seconds), ...Array<number>(10).fill(30 * seconds)],
  steadyMs: 2 * minutes,
  afterDeadline: [5 * minutes, 60 * minutes, 24 * 60 * minutes],
};

/** Time of the next question after `attempts` questions; undefined when the last one was asked. */
export function nextAsk(
  payment: { readonly deadline: Date; readonly attempts: number; readonly now: Date },
  pace: AskPace,
): Date | undefined {
  const { deadline, attempts, now } = payment;
  if (now < deadline) {
    const wait = pace.young[attempts] ?? pace.steadyMs;
    return new Date(now.getTime() + wait);
  }
  const late = pace.afterDeadline.map((after) => deadline.getTime() + after).find((at) => at > now.getTime());
  return late === undefined ? undefined : new Date(late);
}
