/**
 * Time, as src/http needs it. It is passed in, so that tests and simulations decide what time it is; the `Clock` of
 * src/chat is one of these.
 */
export interface Clock {
  /** Milliseconds since some moment, for durations. It never goes back. */
  now(): number
  /** Unix time in milliseconds, for the Date field. */
  wall(): number
  /** Calls `task` once in `ms` milliseconds; the answer cancels it. */
  after(ms: number, task: () => void): () => void
}

/** The clock of this machine. A process does not stay alive for its tasks. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
