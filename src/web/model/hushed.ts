/** What is muted, ignored or blocked, in words. Pure. */
import type { LocalHushed } from '../../chat/wire/local-api.ts'
import { fullTime } from './times.ts'

export type HushKind = LocalHushed['kind']

/** As in `bob is muted`. */
export const HUSHED_AS: Readonly<Record<HushKind, string>> = {
  mute: 'muted',
  ignore: 'ignored',
  block: 'blocked',
}

/** `ignored since Fri Nov 27 2026 12:03, 7 messages dropped`. */
export function hushedText({ kind, since, until, dropped }: LocalHushed): string {
  const end = until === undefined ? '' : ` until ${fullTime(until)}`
  const messages = `${dropped} ${dropped === 1 ? 'message' : 'messages'}`
  const count = kind === 'mute' ? '' : `, ${messages} ${kind === 'block' ? 'refused' : 'dropped'}`
  return `${HUSHED_AS[kind]} since ${fullTime(since)}${end}${count}`
}
