import { instantOf, wallTimeOf } from './period';

/** Hours in which nobody is written to of the shop's own accord, in minutes after midnight on the wall; `from` may be later than `to`. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface Span {
  readonly start: Date;
  readonly end: Date;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function wallInstant(day: { year: number; month: number; day: number }, minute: number, timeZone: string): Date {
  const shifted = new Date(Date.UTC(day.year, day.month - 1, day.day));
  const date = { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() };
  return instantOf({ ...date, msOfDay: minute * minuteMs }, timeZone);
}

/** The quiet hours that `instant` lies in, from their start up to and without their end; undefined outside of them. */
export function quietSpanAt(instant: Date, quiet: QuietHours, timeZone: string): Span | undefined {
  const { fromMinute, toMinute } = quiet;
  const wall = wallTimeOf(instant, timeZone);
  const minute = wall.msOfDay / minuteMs;
  const overMidnight = fromMinute > toMinute;
  const isQuiet = overMidnight ? minute >= fromMinute || minute < toMinute : minute >= fromMinute && minute < toMinute;
  if (!isQuiet) return undefined;
  const isMorning = overMidnight && minute < toMinute;
  const start = wallInstant({ ...wall, day: wall.day - (isMorning ? 1 : 0) }, fromMinute, timeZone);
  const end = wallInstant({ ...wall, day: wall.day + (overMidnight && !isMorning ? 1 : 0) }, toMinute, timeZone);
  // Where the clock is set back over the start, the wall shows it twice: the span begins with the first.
  return { start: start > instant ? new Date(start.getTime() - hourMs) : start, end };
}
