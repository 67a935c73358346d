/** Calendar dates of ISO 8601, extended and basic, with a time or without, down to the year alone. */
const ISO =
  /^([+-]\d{6}|\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(?:\s*(Z)|([+-]\d\d)(?::?(\d\d))?)?)?$/;

/**
 * Reads a time as Kibana does, which leaves it to moment (https://momentjs.com/docs/#/parsing/string/): ISO 8601, else
 * what the JavaScript engine understands, such as RFC 2822. Without an offset it is the server's own time. Dates by week
 * or by day of the year are the only ones that moment reads and this does not.
 *
 * @returns undefined for a text that is no time; one in the shape of ISO 8601 is never read in another way
 */
export function parseTimestamp(text: string): Date | undefined {
  const match = ISO.exec(text);
  const time = new Date(match === null ? text : strictIso(match));
  if (Number.isNaN(time.getTime())) return undefined;
  // The engine makes 2 March of 30 February.
  return match === null || isDayOfMonth(match) ? time : undefined;
}

/** The one spelling that the language itself defines, with milliseconds; every other one is up to the engine. */
function strictIso([, year, month = '01', day = '01', ...rest]: RegExpExecArray): string {
  const [hour = '00', minute = '00', second = '00', fraction = '', zulu = '', offset, offsetMinutes = '00'] = rest;
  const zone = offset === undefined ? zulu : `${offset}:${offsetMinutes}`;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${zone}`;
}

function isDayOfMonth([, year, month = '01', day = '01']: RegExpExecArray): boolean {
  const date = new Date(`${year}-${month}-${day}T00:00:00.000Z`);
  return date.getUTCDate() === Number(day);
}
