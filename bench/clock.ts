/** Milliseconds by the clock that all processes of one machine share (`CLOCK_MONOTONIC` on Linux). */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
