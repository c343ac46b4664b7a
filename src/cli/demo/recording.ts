/**
 * A recording that terminals can play: asciicast version 2, one JSON value a line.
 * https://docs.asciinema.org/manual/asciicast/v2/
 */

/** Longest pause in a recording, in seconds. */
const MAX_PAUSE = 2

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

/** Times of the output with every pause shortened, in seconds since the start; they never run backwards. */
export class RecordingTimes {
  #cut = 0
  #last = 0

  /** The user was waited for, for so many seconds. */
  paused(seconds: number): void {
    this.#cut += Math.max(0, seconds - MAX_PAUSE)
  }

  outputLine(text: string, at: number): string {
    this.#last = Math.max(this.#last, at - this.#cut)
    // A terminal in raw mode needs the carriage return.
    return `${JSON.stringify([rounded(this.#last), 'o', text.replaceAll('\n', '\r\n')])}\n`
  }
}

/** Rounded to microseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}
