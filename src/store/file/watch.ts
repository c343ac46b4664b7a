/**
 * Watches the file of a running store: whether it is still at its path, and as SQLite left it.
 *
 * Files are compared by device and inode, as bigints because those of NTFS do not fit into a number. A file is as it was
 * left if it is not shorter and its modification time is the same. If that time differs, the beginning and the end of the
 * file decide, so that a new time alone (touch, a backup) is no alarm. The descriptor stays open as long as SQLite has the
 * file, because closing one releases all locks that the process has on the file (POSIX).
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

/** Where an opened file is now. */
export type Place =
  | 'there'
  /** The file exists, but at its path is another file, or none. */
  | 'moved'
  /** The file was deleted: it disappears when it is closed. */
  | 'removed'

/** Bytes that are compared at the beginning and at the end of a file. */
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
  /** The path as given, and as SQLite has it, without symbolic links. Often the same. */
  readonly #given: string
  readonly #path: string
  readonly #file: number
  readonly #dev: bigint
  readonly #ino: bigint
  /** Bytes of the journal file that stay when SQLite starts it anew. */
  readonly #shortestJournal: bigint
  #left: Left
  #sample: Sample
  /** Undefined while there is none. */
  #journal: JournalLeft | undefined

  /** `shortestJournal`: bytes to which SQLite may truncate the journal. Throws the error of open(2). */
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

  /** Whether file and journal are as they were left, with as few system calls as possible. */
  isAsLeft(): boolean {
    const facts = factsAt(this.#path)
    if (!this.#isAtPlace(facts) || this.#isSpoilt(facts)) return false
    const journal = factsAt(this.journal)
    return this.#isJournal(journal) && !this.#isCut(journal)
  }

  /** Whether the journal is the one that was there; also true if there never was one. */
  hasJournal(): boolean {
    return this.#isJournal(factsAt(this.journal))
  }

  /** To be called after SQLite wrote: the present state is how it was left. Returns hasJournal(). */
  note(): boolean {
    const facts = fstatSync(this.#file, BIGINT)
    if (facts.mtimeNs !== this.#left.mtimeNs || facts.size !== this.#left.size)
      this.#sample = sampleOf(this.#file, facts.size)
    this.#left = facts
    const journal = factsAt(this.journal)
    const isThere = this.#isJournal(journal)
    // Another file in its place does not belong to this store.
    if (isThere && journal?.isFile() === true) this.#journal = journal
    return isThere
  }

  /** Forgets the journal, because it will be another file. */
  forgetJournal(): void {
    this.#journal = undefined
  }

  /** Notes that SQLite has emptied the journal, wherever it is. */
  noteEmptyJournal(): void {
    if (this.#journal !== undefined) this.#journal = { ...this.#journal, size: 0n }
  }

  /** Removes the own journal from beside a file of another program: deletes it if it is empty, otherwise renames it. */
  clearJournal(): void {
    const facts = this.#ownJournal()
    if (facts === undefined) return
    if (facts.size === 0n) rmSync(this.journal, { force: true })
    else setAside(this.journal)
  }

  /** Renames a foreign file at the path of the journal. Returns the new name; undefined if there is none. */
  setAsideForeignJournal(): string | undefined {
    return this.hasJournal() ? undefined : setAside(this.journal)
  }

  /**
   * Empties the own journal, so that nothing of it is written into a file that another program has changed. Its content is
   * kept in another file, whose name is returned.
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

  /** Whether this is the journal that was there; also true if there was none. */
  #isJournal(facts: BigIntStats | undefined): boolean {
    return this.#journal === undefined || isSame(this.#journal, facts)
  }

  /** The own journal, if it is at its path. */
  #ownJournal(): BigIntStats | undefined {
    const facts = factsAt(this.journal)
    return this.#journal !== undefined && isSame(this.#journal, facts) ? facts : undefined
  }

  /** Whether another program cut the journal. SQLite itself truncates it, too, but not below `shortestJournal`. */
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

/** Renames a file to a free name beside it. Returns the name; undefined if there is no such file. */
export function setAside(path: string): string | undefined {
  if (factsAt(path) === undefined) return undefined
  const aside = freeName(path)
  renameSync(path, aside)
  return aside
}

/** A free name beside a file. */
export function freeName(path: string, suffix = 'aside'): string {
  for (let count = 1; ; count++) {
    const name = `${path}.${suffix}-${count}`
    if (factsAt(name) === undefined) return name
  }
}

/** Undefined if there is no file, or none that can be examined. */
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
