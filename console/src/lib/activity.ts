/** Pushes and pulls by day, as columns. Pure. */

interface Day {
  day: string;
  pushes: number;
  pulls: number;
}

export interface ActivityBar extends Day {
  /** In per cent of the chart's height; the two stand on each other. */
  pushHeight: number;
  pullHeight: number;
}

const LEAST = 4; // per cent, so that a single push beside a thousand pulls is still seen

/** A column for each day, the busiest of which is as high as the chart. */
export function activityBars(days: readonly Day[]): ActivityBar[] {
  const most = Math.max(1, ...days.map((day) => day.pushes + day.pulls));
  const height = (value: number) => (value === 0 ? 0 : Math.max(LEAST, Math.round(((100 - LEAST) * value) / most)));
  return days.map((day) => ({ ...day, pushHeight: height(day.pushes), pullHeight: height(day.pulls) }));
}

/** What all days come to. */
export function activityTotals(days: readonly Day[]): { pushes: number; pulls: number } {
  return {
    pushes: days.reduce((sum, day) => sum + day.pushes, 0),
    pulls: days.reduce((sum, day) => sum + day.pulls, 0),
  };
}
