/**
 * Syncs the WAL to disk soon after it was written, in another thread. Otherwise the next checkpoint
 * (https://sqlite.org/wal.html#ckpt) would wait for all of it, and a power cut would lose more than a moment.
 */
import { close, fdatasync, open } from 'node:fs'
import type { Clock } from '../../chat/clock.ts'
import type { TransactionPart } from '../transaction.ts'

/** The part of node:fs that is used. */
export interface Files {
  open(path: string, flags: string, done: (error: Error | null, file: number) => void): void
  fdatasync(file: number, done: (error: Error | null) => void): void
  close(file: number, done: () => void): void
}

/** Delay after the first commit that is not on disk, in milliseconds. */
const SOON = 300

export class WalSync implements TransactionPart {
  readonly #path: string
  readonly #clock: Clock
  readonly #files: Files
  #file: number | undefined
  #cancel: (() => void) | undefined
  #isFlushing = false
  #isStopped = false

  /** `file`: the path of the database. */
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

  /** If there is no WAL yet, or it cannot be opened, the next commit tries again. */
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

  /** Errors are ignored, because SQLite gets the same ones from the disk. */
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
