/**
 * What was printed, as a recording that terminals can play: asciicast version 2, one JSON value a line.
 * https://docs.asciinema.org/manual/asciicast/v2/ Pure.
 */

/** Nobody wants to watch somebody wait for longer, in seconds. */
const LONGEST_PAUSE = 2

export interface RecordingHeader {
  readonly columns: number
  readonly rows: number
  readonly title: string
  /** Unix time in seconds. */
  readonly startedAt: number
}

export function headerLine({ columns, rows, title, startedAt }: RecordingHeader): string {
  const header = { version: 2, width: columns, height: rows, timestamp: Math.floor(startedAt), title }
  return `${JSON.stringify(header)}\n`
}

/** The times of what was printed, with every pause shortened. Times are seconds since the beginning. */
export class RecordingTimes {
  #cut = 0
  #last = 0

  /** Somebody was waited for, for so long. */
  paused(seconds: number): void {
    this.#cut += Math.max(0, seconds - LONGEST_PAUSE)
  }

  outputLine(text: string, at: number): string {
    this.#last = Math.max(this.#last, at - this.#cut)
    // A terminal that is not told to return starts the next line where this one ends.
    return `${JSON.stringify([rounded(this.#last), 'o', text.replaceAll('\n', '\r\n')])}\n`
  }
}

/** To microseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}
