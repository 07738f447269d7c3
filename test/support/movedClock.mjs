import process from 'node:process';

// Moves the wall clock of this process, as a machine does whose own clock is wrong.
const movedMs = Number(process.env['TEST_CLOCK_MS'] ?? '0');
const RealDate = Date;
const now = () => RealDate.now() + movedMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});
