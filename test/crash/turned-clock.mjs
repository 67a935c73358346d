// Loaded into a server before anything else (`NODE_OPTIONS=--import`): its clock is off by as many milliseconds as the
// file named by TURNED_CLOCK holds, from the moment on that they are written. The system's clock cannot be turned
// for one process, and turning it for all needs rights that tests do not have. JavaScript, as the server's own options for
// TypeScript are not there yet.
import { readFileSync, watchFile } from 'node:fs';

const RealDate = Date;
let offsetMs = 0;

const TurnedDate = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offsetMs);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};
Object.defineProperty(TurnedDate, 'name', { value: 'Date' });
globalThis.Date = TurnedDate;

function read() {
  const text = readFileSync(process.env.TURNED_CLOCK, 'utf8');
  // Empty for the moment in which it is written.
  if (text !== '') offsetMs = Number(text);
}
read();
watchFile(process.env.TURNED_CLOCK, { interval: 50, persistent: false }, read);
