/** How long a plan lasts. Months and years follow the calendar of the shop's time zone. */
export interface Period {
  readonly value: number;
  readonly unit: 'day' | 'month' | 'year';
}

/** What a clock on the wall shows. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly msOfDay: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, made);
  return made;
}

/** What a clock in `timeZone` shows at an instant. */
export function wallTimeOf(instant: Date, timeZone: string): WallTime {
  const parts = new Map(
    formatterFor(timeZone)
      .formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const seconds = part('hour') * 3600 + part('minute') * 60 + part('second');
  const ms = ((instant.getTime() % 1000) + 1000) % 1000;
  return { year: part('year'), month: part('month'), day: part('day'), msOfDay: seconds * 1000 + ms };
}

function utcOf(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day) + wall.msOfDay;
}

/** When a clock in `timeZone` shows this. Two passes settle the offset on either side of a clock change; a wall time that is skipped lands after the gap. */
export function instantOf(wall: WallTime, timeZone: string): Date {
  const target = utcOf(wall);
  let guess = target;
  for (let pass = 0; pass < 2; pass += 1) {
    guess += target - utcOf(wallTimeOf(new Date(guess), timeZone));
  }
  return new Date(guess);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function addMonths(wall: WallTime, months: number): WallTime {
  const index = wall.year * 12 + (wall.month - 1) + months;
  const year = Math.floor(index / 12);
  const month = (index % 12) + 1;
  return { ...wall, year, month, day: Math.min(wall.day, daysInMonth(year, month)) };
}

/**
 * The instant one period after `start`: the same wall time in `timeZone`, the last day of the month where the day is missing.
 * A day is a calendar day too, so 30 days across a clock change keep the hour.
 */
export function addPeriod(start: Date, period: Period, timeZone: string): Date {
  const wall = wallTimeOf(start, timeZone);
  switch (period.unit) {
    case 'day': {
      const shifted = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + period.value));
      const moved = { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() };
      return instantOf({ ...moved, msOfDay: wall.msOfDay }, timeZone);
    }
    case 'month':
      return instantOf(addMonths(wall, period.value), timeZone);
    case 'year':
      return instantOf(addMonths(wall, period.value * 12), timeZone);
  }
}

/** When the day began that a clock in `timeZone` shows at an instant. */
export function dayBegin(instant: Date, timeZone: string): Date {
  return instantOf({ ...wallTimeOf(instant, timeZone), msOfDay: 0 }, timeZone);
}

const dayMs = 86_400_000;
/** A year has 365 days and twelve months of the same length, so that time keeps its worth whichever way it is converted. */
const unitMs: Readonly<Record<Period['unit'], number>> = { day: dayMs, month: (365 * dayMs) / 12, year: 365 * dayMs };

/** Length of a period for working out what time is worth, in whole milliseconds; ends follow the calendar instead. */
export function nominalMs(period: Period): number {
  return period.value * unitMs[period.unit];
}

/** The first instant of a calendar day like `2027-01-31` in `timeZone`, moved by `days`; undefined where there is no such day. */
export function startOfDay(text: string, timeZone: string, days = 0): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const moved = new Date(Date.UTC(year, month - 1, day + days));
  return instantOf({ year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate(), msOfDay: 0 }, timeZone);
}
