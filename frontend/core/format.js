/** How numbers, times and names are written: they stand in sentences of the page, so in the reader's own English. */

const ownEnglish =
  globalThis.navigator?.languages.find((one) => /^en(-[a-z\d]{2,8})*$/i.test(one)) ?? "en-GB";

/**
 * Making one takes longer than writing a line of a list, so each is kept.
 * @template Options, Format
 * @param {new (locale: string, options: Options) => Format} Maker
 */
function kept(Maker) {
  /** @type {Map<string, Format>} */
  const made = new Map();
  return (/** @type {string | undefined} */ locale, /** @type {Options} */ options) => {
    const key = JSON.stringify([locale, options]);
    const format = made.get(key) ?? new Maker(locale ?? ownEnglish, options);
    made.set(key, format);
    return format;
  };
}

const relativeTimes = kept(Intl.RelativeTimeFormat);
const dates = kept(Intl.DateTimeFormat);
const numbers = kept(Intl.NumberFormat);

/** @type {[Intl.RelativeTimeFormatUnit, number][]} unit and its length in seconds, largest first */
const units = [
  ["year", 31_556_952],
  ["month", 2_629_746],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/**
 * "3 hours ago", "1 day ago"; under a minute "now", and what is to come as well: one of two clocks is wrong then.
 * @param {string} iso
 * @param {number} now milliseconds, as Date.now() gives them
 * @param {string} [locale]
 */
export function timeAgo(iso, now, locale) {
  const seconds = (now - Date.parse(iso)) / 1000;
  for (const [unit, length] of units) {
    // Not "yesterday": a distance does not tell which day it was.
    if (seconds >= length)
      return relativeTimes(locale, { numeric: "always" }).format(-Math.trunc(seconds / length), unit);
  }
  return relativeTimes(locale, { numeric: "auto" }).format(0, "second");
}

/** "23 November 2026" @param {string} iso */
export function longDate(iso) {
  return dates(undefined, { dateStyle: "long" }).format(new Date(iso));
}

/** "23 Nov 2026" @param {string} iso @param {string} [locale] */
export function shortDate(iso, locale) {
  return dates(locale, { dateStyle: "medium" }).format(new Date(iso));
}

/** The same for a day that the server counts in UTC: it is that day everywhere. @param {string} iso @param {string} [locale] */
export function dayInUtc(iso, locale) {
  return dates(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));
}

/** "23 Nov 2026, 18:30" @param {string} iso */
export function dateAndTime(iso) {
  return dates(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/**
 * "1.4 MB": thousands, as disks and networks are measured.
 * @param {number} bytes
 * @param {string} [locale]
 */
export function size(bytes, locale) {
  const names = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let step = 0;
  let value = bytes;
  // What would be written as 1,000 of a unit is one of the next.
  for (; value >= 999.5 && step < names.length - 1; value /= 1000) step += 1;
  return numbers(locale, {
    style: "unit",
    unit: names[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: value < 10 && step ? 1 : 0,
  }).format(value);
}

/** "12,345" @param {number} value @param {string} [locale] */
export function number(value, locale) {
  return numbers(locale, {}).format(value);
}

/**
 * "1 person", "3 people"
 * @param {number} count
 * @param {string} one
 * @param {string} many
 * @param {string} [locale]
 */
export function count(count, one, many, locale) {
  return `${number(count, locale)} ${count === 1 ? one : many}`;
}

/**
 * Up to two letters that stand for a person: first and last word of the name.
 * @param {string} name
 */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen
    .map((word) => [...(word ?? "")].find((sign) => /[\p{L}\p{N}]/u.test(sign)) ?? "")
    .join("")
    .toUpperCase();
}
