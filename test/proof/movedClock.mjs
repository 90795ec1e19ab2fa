// Moves a process to another day: `NODE_OPTIONS="--import …/movedClock.mjs" CLOCK=1772442000000 hookshift shadow`.
const moved = Number(process.env.CLOCK) - Date.now()
const real = Date.now.bind(Date)
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(real() + moved)
    else super(...values)
  }
  static now() {
    return real() + moved
  }
}
