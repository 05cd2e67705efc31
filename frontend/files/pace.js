/** How fast bytes go out, and how long the rest will take; smoothed, so that the words do not flicker. */
import { size } from "../core/format.js";

const steady = 0.25; // how much the newest stretch counts
const stretch = 400; // milliseconds that make a stretch worth measuring

/** @typedef {{ speed: number, add: (sent: number, now: number) => void }} Pace `speed` in bytes a second, 0 while nobody knows */

/** @returns {Pace} */
export function pace() {
  let before = { sent: 0, at: -1 };
  const self = {
    speed: 0,
    /** @param {number} sent @param {number} now milliseconds */
    add(sent, now) {
      if (before.at < 0) before = { sent, at: now };
      const took = now - before.at;
      if (took < stretch) return;
      const newest = ((sent - before.sent) / took) * 1000;
      self.speed = self.speed ? self.speed + steady * (newest - self.speed) : newest;
      before = { sent, at: now };
    },
  };
  return self;
}

/**
 * "1.2 MB of 5 MB · 400 kB/s · 10 s left".
 * @param {number} sent @param {number} whole @param {number} speed
 */
export function progressWords(sent, whole, speed) {
  if (sent >= whole) return "Finishing…";
  const parts = [`${size(sent)} of ${size(whole)}`];
  if (speed > 0) parts.push(`${size(speed)}/s`, `${duration((whole - sent) / speed)} left`);
  return parts.join(" · ");
}

/** "1 s", "2 min", "3 h". @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
