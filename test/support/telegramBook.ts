/** What counts as a message for Telegram's limit: whatever is sent to a chat, and edits to be on the safe side. */
const messageMethods = new Set(['sendMessage', 'sendPhoto', 'sendDocument', 'editMessageText']);

/** When messages of the bot arrived at the sandbox since `since`, in milliseconds, the earliest first; those that it refused count as well. */
export async function messageMoments(sandboxUrl: string, since: number): Promise<readonly number[]> {
  const reply = await fetch(`${sandboxUrl}/sandbox/telegram/calls`);
  // The sandbox's own answer, in its own shape.
  const calls = (await reply.json()) as readonly { readonly method: string; readonly at: number }[];
  return calls
    .filter(({ method, at }) => messageMethods.has(method) && at >= since)
    .map(({ at }) => at)
    .toSorted((a, b) => a - b);
}

/** The most messages that arrived at the sandbox within any second since `since`. */
export async function mostWithinASecond(sandboxUrl: string, since: number): Promise<number> {
  const moments = await messageMoments(sandboxUrl, since);
  let [most, first] = [0, 0];
  for (const [index, moment] of moments.entries()) {
    while ((moments[first] ?? moment) <= moment - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
