/**
 * Moments for data sets that publish an order and no times. They keep the order and nothing else:
 * no gap between them means anything, and a split by time across persons has no meaning.
 */
const DAY_MS = 86_400_000;

/** 2000-01-01, long before any real clock. */
const START_MS = Date.UTC(2000, 0, 1);

/** The n-th independent visit of a person: one a day, so that each is a session of its own. */
export function visitMoment(position: number): number {
  return START_MS + position * DAY_MS;
}

/** The n-th basket of a household: one a week. */
export function basketMoment(position: number): number {
  return START_MS + position * 7 * DAY_MS;
}
