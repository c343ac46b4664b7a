/** Prints to standard output, and to a recording of it. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { headerLine, RecordingTimes } from './recording.ts'

/** Size of the recording when standard output is no terminal. */
const COLUMNS = 80
const ROWS = 24

export class Output {
  readonly columns = process.stdout.columns > 0 ? process.stdout.columns : COLUMNS
  readonly #begin = process.hrtime.bigint()
  readonly #times = new RecordingTimes()
  readonly #file: number | undefined

  /** `recording`: a file, which is overwritten. Throws ExitError. */
  constructor(recording: string | undefined) {
    if (recording === undefined) return
    try {
      this.#file = openSync(recording, 'w')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ExitError(EXIT.failure, `the recording cannot be written: ${reason}`)
    }
    const rows = process.stdout.rows > 0 ? process.stdout.rows : ROWS
    const startedAt = Date.now() / 1000
    writeSync(this.#file, headerLine({ columns: this.columns, rows, title: 'parley demo', startedAt }))
  }

  print(text: string): void {
    process.stdout.write(text)
    if (this.#file !== undefined) writeSync(this.#file, this.#times.outputLine(text, this.#seconds()))
  }

  /** Waits for the user; the recording shortens the pause. */
  async pausing<Result>(task: () => Promise<Result>): Promise<Result> {
    const begin = this.#seconds()
    try {
      return await task()
    } finally {
      this.#times.paused(this.#seconds() - begin)
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }

  /** Since the start. */
  #seconds(): number {
    return Number(process.hrtime.bigint() - this.#begin) / 1e9
  }
}
