/**
 * The journal reaches the disk soon after it was written, by another thread. Otherwise whoever folds it into the file
 * (https://sqlite.org/wal.html#ckpt) would wait for all of it, and a power cut would take more than a moment.
 */
import { close, fdatasync, open } from 'node:fs'
import type { Clock } from '../../chat/clock.ts'
import type { TransactionPart } from '../transaction.ts'

/** Of node:fs. */
export interface Files {
  open(path: string, flags: string, done: (error: Error | null, file: number) => void): void
  fdatasync(file: number, done: (error: Error | null) => void): void
  close(file: number, done: () => void): void
}

/** After the first commit that is not on disk, in milliseconds. */
const SOON = 300

export class WalSync implements TransactionPart {
  readonly #path: string
  readonly #clock: Clock
  readonly #files: Files
  #file: number | undefined
  #cancel: (() => void) | undefined
  #isFlushing = false
  #isStopped = false

  /** `file`: that of the database. */
  constructor(file: string, clock: Clock, files: Files = { open, fdatasync, close }) {
    this.#path = `${file}-wal`
    this.#clock = clock
    this.#files = files
  }

  committed(): void {
    if (this.#cancel !== undefined || this.#isFlushing || this.#isStopped) return
    this.#cancel = this.#clock.after(SOON, () => {
      this.#cancel = undefined
      this.#isFlushing = true
      if (this.#file === undefined) this.#open()
      else this.#flush(this.#file)
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
    if (!this.#isFlushing) this.#close()
  }

  /** Where there is none yet, or it cannot be had, the commit after this one tries again. */
  #open(): void {
    this.#files.open(this.#path, 'r+', (error, file) => {
      if (error !== null) {
        this.#isFlushing = false
        return
      }
      this.#file = file
      this.#flush(file)
    })
  }

  /** What the disk says against it SQLite hears, too. */
  #flush(file: number): void {
    this.#files.fdatasync(file, () => {
      this.#isFlushing = false
      if (this.#isStopped) this.#close()
    })
  }

  #close(): void {
    if (this.#file !== undefined) this.#files.close(this.#file, () => undefined)
    this.#file = undefined
  }
}
