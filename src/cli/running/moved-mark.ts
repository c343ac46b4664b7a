/**
 * The mark of a directory whose person lives on another machine now. Invariant: as long as it is there, nothing starts in
 * this directory, because one key in two places gets only a part of its messages in each.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../../chat/errors.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { quoted } from '../system/quoted.ts'

const FILE = 'moved'

/** A sentence such as `was moved on 2026-11-28 by the file /media/alice.parley`; undefined: the directory has no mark. */
export function movedMark(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, FILE), 'utf8').trim()
  } catch (error) {
    return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR' ? undefined : 'was moved'
  }
}

/** On the disk when this returns. */
export function markMoved(directory: string, sentence: string): void {
  const path = join(directory, FILE)
  writeFileSync(`${path}.new`, `${sentence}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  flushDirectory(directory)
}

export function removeMark(directory: string): void {
  rmSync(join(directory, FILE), { force: true })
  flushDirectory(directory)
}

/** Throws ExitError. */
export function refuseMoved(directory: string): void {
  const sentence = movedMark(directory)
  if (sentence === undefined) return
  throw new ExitError(
    EXIT.failure,
    `the person in ${directory} ${sentence}, and must not run in two places: start it there. To move it back, export it there and "parley identity import FILE" here; if it never arrived, "parley identity undo-move --data ${quoted(directory)}"`,
  )
}

/** Windows opens no directories, and needs no flush of one. */
export function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(directory, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
