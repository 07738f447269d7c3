import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { createPanelWriter } from './panelWriter';

/** A promise that is kept when somebody says so. */
function opened(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('the queue of those who write to a panel', () => {
  const writer = createPanelWriter(() => Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() }));

  it('is left at once by who is called off, and nobody behind passes who is writing', async () => {
    const [first, calledOff] = [opened(), new AbortController()];
    const done: string[] = [];
    const write =
      (name: string, until: Promise<void> = Promise.resolve()) =>
      async (): Promise<void> => {
        done.push(`${name} begins`);
        await until;
        done.push(`${name} ends`);
      };
    const one = writer.run('main', write('one', first.promise));
    const two = writer.run('main', write('two'), calledOff.signal);
    const three = writer.run('main', write('three'));
    calledOff.abort(new Error('called off'));
    await expect(two).rejects.toThrow('called off');
    // Whoever could go on now would have begun in this turn of the event loop.
    await setImmediate();
    expect(done).toEqual(['one begins']);
    first.open();
    await Promise.all([one, three]);
    expect(done).toEqual(['one begins', 'one ends', 'three begins', 'three ends']);
  });

  it('is not entered by who was called off before', async () => {
    let began = false;
    const run = writer.run(
      'main',
      () => {
        began = true;
        return Promise.resolve();
      },
      AbortSignal.abort(new Error('called off')),
    );
    await expect(run).rejects.toThrow('called off');
    expect(began).toBe(false);
  });
});
