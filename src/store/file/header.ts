/**
 * The first 100 bytes of an SQLite file (https://sqlite.org/fileformat2.html#the_database_header): checks that the file
 * belongs to Parley and is whole, before SQLite touches it.
 */
import { StoreError } from '../errors.ts'

export const HEADER_BYTES = 100

const MAGIC = 'SQLite format 3\0'
const PAGE_SIZE = 16
const CHANGE_COUNTER = 24
const PAGE_COUNT = 28
const USER_VERSION = 60
const APPLICATION = 68
/** The change counter when the page count was written. Other programs may not keep the count up to date. */
const COUNTED_AT = 92

export interface FileFacts {
  readonly path: string
  readonly header: Buffer
  /** In bytes. */
  readonly size: number
  /** There is a journal beside the file, so the file alone need not be whole. */
  readonly hasJournal: boolean
}

/** Throws StoreError. */
export function checkHeader(facts: FileFacts, applicationId: number, newestVersion: number): void {
  const { path, header } = facts
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new StoreError('not_ours', `${path} is no file of Parley: give another place, or move it away`)
  if (header.readUInt32BE(APPLICATION) !== applicationId)
    throw new StoreError(
      'not_ours',
      `${path} belongs to another program: give another place, or move it away`,
    )
  const version = header.readInt32BE(USER_VERSION)
  if (version > newestVersion)
    throw new StoreError(
      'too_new',
      `${path} was written by a later version of Parley: use that one, or give another place`,
    )
  if (version < 1 || !isWhole(facts)) throw damaged(path)
}

export function damaged(path: string): StoreError {
  return new StoreError('damaged', `${path} is damaged: move it away, and a new one is made`)
}

function isWhole({ header, size, hasJournal }: FileFacts): boolean {
  const written = header.readUInt16BE(PAGE_SIZE)
  const pageSize = written === 1 ? 65_536 : written
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return false
  if (hasJournal || header.readUInt32BE(CHANGE_COUNTER) !== header.readUInt32BE(COUNTED_AT)) return true
  return size >= header.readUInt32BE(PAGE_COUNT) * pageSize
}
