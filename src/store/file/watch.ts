/**
 * The file of a running store on the file system: whether it is still at its place, and as SQLite left it.
 *
 * Files are compared by device and inode, as bigints: those of NTFS do not fit into a number. A file is as it was left
 * when it is not shorter, and its time of modification has not moved; where that has, the beginning and the end of the
 * file decide, so that a new time alone (touch, a backup) is no alarm. The own descriptor stays open as long as SQLite
 * has the file: to close one gives up all locks that the process has on the file (POSIX).
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  type BigIntStats,
} from 'node:fs'

/** Where a file is that was opened. */
export type Place =
  | 'there'
  /** Another file, or none, is at its place; it exists elsewhere. */
  | 'moved'
  /** It has no name any more: it is gone when it is closed. */
  | 'removed'

/** Bytes at the beginning and at the end of a file that are compared. */
const SAMPLE = 64 * 1024

const BIGINT = { bigint: true } as const

/** A file as it was left. */
interface Left {
  readonly size: bigint
  readonly mtimeNs: bigint
}

interface JournalLeft {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
}

export class Watch {
  /** As it was given, and as SQLite has it: without symbolic links. Often the same. */
  readonly #given: string
  readonly #path: string
  readonly #file: number
  readonly #dev: bigint
  readonly #ino: bigint
  /** Bytes that the journal keeps when it begins anew. */
  readonly #shortestJournal: bigint
  #left: Left
  #sample: Sample
  /** Undefined as long as there is none. */
  #journal: JournalLeft | undefined

  /** `shortestJournal`: bytes to which SQLite may cut the journal. Throws the error of open(2). */
  constructor(path: string, shortestJournal: number) {
    this.#given = path
    this.#path = realpathSync(path)
    this.#shortestJournal = BigInt(shortestJournal)
    this.#file = openSync(this.#path, 'r')
    const facts = fstatSync(this.#file, BIGINT)
    this.#dev = facts.dev
    this.#ino = facts.ino
    this.#left = facts
    this.#sample = sampleOf(this.#file, facts.size)
    this.note()
  }

  get journal(): string {
    return `${this.#path}-wal`
  }

  /** Where the file is now. */
  place(): Place {
    if (this.#isAtPlace(factsAt(this.#path))) return 'there'
    return fstatSync(this.#file, BIGINT).nlink === 0n ? 'removed' : 'moved'
  }

  /** Whether another program has cut the file or its journal, or written to the file, since note(). */
  isSpoilt(): boolean {
    return this.isFileSpoilt() || this.#isCut(factsAt(this.journal))
  }

  /** The same for the file alone. */
  isFileSpoilt(): boolean {
    return this.#isSpoilt(fstatSync(this.#file, BIGINT))
  }

  /** All of it is well, found by as few system calls as possible. */
  isAsLeft(): boolean {
    const facts = factsAt(this.#path)
    if (!this.#isAtPlace(facts) || this.#isSpoilt(facts)) return false
    const journal = factsAt(this.journal)
    return this.#isJournal(journal) && !this.#isCut(journal)
  }

  /** The journal that was there is there; also when there never was one. */
  hasJournal(): boolean {
    return this.#isJournal(factsAt(this.journal))
  }

  /** SQLite has written: as it is now is how it was left. Returns whether the journal is there, as hasJournal(). */
  note(): boolean {
    const facts = fstatSync(this.#file, BIGINT)
    if (facts.mtimeNs !== this.#left.mtimeNs || facts.size !== this.#left.size)
      this.#sample = sampleOf(this.#file, facts.size)
    this.#left = facts
    const journal = factsAt(this.journal)
    const isThere = this.#isJournal(journal)
    // Another one in its place is not ours.
    if (isThere && journal?.isFile() === true) this.#journal = journal
    return isThere
  }

  /** The journal will be another one. */
  forgetJournal(): void {
    this.#journal = undefined
  }

  /** SQLite has emptied the journal, wherever it is. */
  noteEmptyJournal(): void {
    if (this.#journal !== undefined) this.#journal = { ...this.#journal, size: 0n }
  }

  /** Takes our journal from beside a file that is not ours: away when it is empty, else under another name. */
  clearJournal(): void {
    const facts = this.#ownJournal()
    if (facts === undefined) return
    if (facts.size === 0n) rmSync(this.journal, { force: true })
    else setAside(this.journal)
  }

  /** Gives what lies in the place of our journal another name, which is returned; undefined where there is nothing. */
  setAsideForeignJournal(): string | undefined {
    return this.hasJournal() ? undefined : setAside(this.journal)
  }

  /**
   * Empties our journal, so that nothing of it is written into a file that another program has changed; what was in it
   * is kept in another file, whose name is returned.
   */
  emptyJournal(): string | undefined {
    const facts = this.#ownJournal()
    if (facts === undefined || facts.size === 0n) return undefined
    const aside = freeName(this.journal)
    copyFileSync(this.journal, aside, constants.COPYFILE_EXCL)
    truncateSync(this.journal)
    return aside
  }

  close(): void {
    closeSync(this.#file)
  }

  #isAtPlace(facts: BigIntStats | undefined): facts is BigIntStats {
    return (
      this.#isOurs(facts) &&
      (this.#given === this.#path || this.#isOurs(factsAt(this.#given, (path) => statSync(path, BIGINT))))
    )
  }

  #isOurs(facts: BigIntStats | undefined): facts is BigIntStats {
    return facts?.ino === this.#ino && facts.dev === this.#dev
  }

  #isSpoilt({ size, mtimeNs }: BigIntStats): boolean {
    const left = this.#left
    if (size === left.size && mtimeNs === left.mtimeNs) return false
    if (size < left.size || !isSameSample(this.#sample, sampleOf(this.#file, left.size))) return true
    this.#left = { size: left.size, mtimeNs }
    return false
  }

  /** It is the journal that was there, or there was none. */
  #isJournal(facts: BigIntStats | undefined): boolean {
    return this.#journal === undefined || isSame(this.#journal, facts)
  }

  /** Ours, where it is at its place. */
  #ownJournal(): BigIntStats | undefined {
    const facts = factsAt(this.journal)
    return this.#journal !== undefined && isSame(this.#journal, facts) ? facts : undefined
  }

  /** SQLite cuts its journal, too, to a length that is known only when it begins anew. */
  #isCut(journal: BigIntStats | undefined): boolean {
    const left = this.#journal
    return (
      left !== undefined &&
      isSame(left, journal) &&
      journal.size < left.size &&
      journal.size < this.#shortestJournal
    )
  }
}

/** Gives a file another name, beside it, that nothing has; undefined where there is no such file. */
export function setAside(path: string): string | undefined {
  if (factsAt(path) === undefined) return undefined
  const aside = freeName(path)
  renameSync(path, aside)
  return aside
}

/** A name beside a file that nothing has. */
export function freeName(path: string, suffix = 'aside'): string {
  for (let count = 1; ; count++) {
    const name = `${path}.${suffix}-${count}`
    if (factsAt(name) === undefined) return name
  }
}

/** Undefined where there is nothing, or nothing that can be looked at. */
export function factsAt(path: string, look = lstat): BigIntStats | undefined {
  try {
    return look(path)
  } catch {
    return undefined
  }
}

function lstat(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

function isSame(one: JournalLeft, other: BigIntStats | undefined): other is BigIntStats {
  return other?.ino === one.ino && other.dev === one.dev
}

interface Sample {
  readonly head: Buffer
  readonly tail: Buffer
}

function sampleOf(file: number, size: bigint): Sample {
  const length = Number(size < SAMPLE ? size : SAMPLE)
  return { head: bytesOf(file, length, 0), tail: bytesOf(file, length, Number(size) - length) }
}

function bytesOf(file: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, position))
}

function isSameSample(one: Sample, other: Sample): boolean {
  return one.head.equals(other.head) && one.tail.equals(other.tail)
}
