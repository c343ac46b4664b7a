/** Keys that move the cursor or delete text: readline's Emacs set (GNU Readline manual, "Bindable Readline Commands"). */
import { end, left, right, spaceLeft, start, wordLeft, wordRight, type Motion } from './draft.ts'

export const MOTIONS: ReadonlyMap<string, Motion> = new Map([
  ['left', left],
  ['C-b', left],
  ['right', right],
  ['C-f', right],
  ['home', start],
  ['C-a', start],
  ['end', end],
  ['C-e', end],
  ['M-b', wordLeft],
  ['C-left', wordLeft],
  ['M-f', wordRight],
  ['C-right', wordRight],
])

export const DELETIONS: ReadonlyMap<string, Motion> = new Map([
  ['backspace', left],
  ['delete', right],
  ['C-d', right],
])

/** Deletions that Ctrl-Y brings back. */
export const KILLS: ReadonlyMap<string, Motion> = new Map([
  ['C-w', spaceLeft],
  ['C-u', start],
  ['C-k', end],
  ['M-d', wordRight],
  ['M-backspace', wordLeft],
])
