/** What is muted, ignored or blocked: in words, and in the messages that are loaded. Pure. */
import { PARTICIPLES } from '../../chat/hush.ts'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import type { LocalHushed } from '../../chat/wire/local-hush.ts'
import { fullTime } from './times.ts'

/** `ignored since Fri Nov 27 2026 12:03, 7 messages dropped`. */
export function hushedText({ kind, since, until, dropped }: LocalHushed): string {
  const end = until === undefined ? '' : ` until ${fullTime(until)}`
  return `${PARTICIPLES[kind]} since ${fullTime(since)}${end}${COUNTS[kind](dropped)}`
}

const COUNTS: Readonly<Record<LocalHushed['kind'], (dropped: number) => string>> = {
  mute: () => '',
  ignore: (dropped) => `, ${dropped} ${dropped === 1 ? 'message' : 'messages'} dropped`,
  block: (dropped) => `, ${dropped} ${dropped === 1 ? 'attempt' : 'attempts'} not answered`,
}

/** The messages, each with what holds now for its author and its channel; the same array when nothing differs. */
export function marked(
  messages: readonly LocalMessage[],
  hushed: readonly LocalHushed[],
): readonly LocalMessage[] {
  const kinds = new Map(hushed.map(({ target, kind }) => [target, kind]))
  const isSame = (message: LocalMessage): boolean => hushingOf(message, kinds) === message.hushed
  if (messages.every(isSame)) return messages
  return messages.map((message) =>
    isSame(message) ? message : { ...message, hushed: hushingOf(message, kinds) },
  )
}

function hushingOf(
  { own, from, conversation }: LocalMessage,
  kinds: ReadonlyMap<string, LocalHushed['kind']>,
): LocalMessage['hushed'] {
  if (own) return undefined
  return kinds.get(from.id) ?? (kinds.has(`#${conversation}`) ? 'channel' : undefined)
}
