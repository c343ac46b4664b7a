/**
 * Events -> lines for the user. All text of other users goes through sanitize() here, and only here.
 */
import { channelTitle } from '../../chat/closed-label.ts'
import { cameLate } from '../../chat/moment.ts'
import { isDeed, textOf } from '../../chat/content.ts'
import {
  DIRECT,
  labelOf,
  peerId,
  type ChatEvent,
  type ChatMessage,
  type Peer,
  type Picture,
  type Profile,
  type Receipt,
  type Transit,
} from '../../chat/model.ts'
import { countOf, hushMark, type Hushing } from '../../chat/hush.ts'
import { renamesBetween, renameWords, type NameChange, type Renamed } from '../../chat/renames.ts'
import { stillWaiting } from '../../chat/waiting.ts'
import { listOf } from '../../peer/hush/ignore-lists.ts'
import { asWord } from '../chat/commands/words.ts'
import { dayOf, type Days } from './days.ts'
import { sanitize, sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import type { ShownEntry } from '../../peer/contacts/labels.ts'
import type { Style } from './style.ts'

/** Local time of day, `12:03`. */
export function clockTime(at: number): string {
  const time = new Date(at)
  return `${two(time.getHours())}:${two(time.getMinutes())}`
}

/** `11:20`, with the day if it was another one. */
function sentTime(sentAt: number, receivedAt: number): string {
  const day = dayOf(sentAt)
  return day === dayOf(receivedAt) ? clockTime(sentAt) : `${day} ${clockTime(sentAt)}`
}

/** `-- Fri Nov 27 2026`. */
export function dayLine(day: string, style: Style): string {
  return style.dim(`-- ${day}`)
}

/** What a line shows beside the message itself. */
export interface MessageMarks extends Pick<Transit, 'hops'> {
  readonly sign?: string | undefined
  /** The recipient of an own direct message. */
  readonly to?: string | undefined
  /** The message names the user. */
  readonly mention?: boolean
  /** Why it asks for no attention. */
  readonly hushed?: Hushing | undefined
  /** Instead of its text: sharedListWords(). */
  readonly listed?: string | undefined
}

/** `12:03 #general <bob> text`. Further lines of the text are indented, so that none looks like another message. */
export function messageLine(
  message: ChatMessage,
  receivedAt: number,
  style: Style,
  more: MessageMarks = {},
): string {
  const { from, channel, sentAt, content } = message
  const author = name(from)
  const who = style.hashed(peerId(from), isDeed(content) ? `* ${author}` : `<${author}>`)
  const where = channel === DIRECT ? directTag(more.to) : channelTitle(sanitizeLine(channel))
  const text = more.listed ?? sanitize(textOf(content)).split('\n').join('\n      ')
  const late = cameLate(sentAt, receivedAt) ? style.dim(` (sent ${sentTime(sentAt, receivedAt)})`) : ''
  // Another peer passed it on: the sender itself did not connect to this one.
  const relayed = (more.hops ?? 0) > 0 ? style.dim(' (relayed)') : ''
  const mark = hushMark(more.hushed)
  const hushed = mark === undefined ? '' : style.dim(` ${mark}`)
  const sign = more.sign === undefined || more.sign === '' ? '' : ` ${more.sign}`
  const body = more.mention === true ? style.bold(text) : text
  return `${style.dim(clockTime(receivedAt))} ${where} ${who} ${body}${late}${relayed}${hushed}${sign}`
}

/** The words for a message that shares an ignore list, which are no text of its author; undefined for other messages. */
export function sharedListWords(said: Pick<ShownEntry, 'own' | 'proof' | 'message'>): string | undefined {
  const listed = listOf(said)
  if (listed === undefined) return undefined
  const who = asWord(name(said.message.from))
  const how = said.own ? '' : `: /ignored show ${who} or /ignored take ${who}`
  return `shares a list of ${countOf(listed.length)}${how}`
}

/**
 * Stored messages, the oldest first, each with the time when it was said; every day begins with a line, and so does every
 * change of a name of these people.
 */
export function entryLines(
  entries: readonly ShownEntry[],
  style: Style,
  days: Days,
  people: readonly Renamed[] = [],
): string[] {
  let before = ''
  const renames = renamesBetween(
    people,
    entries.map(({ at }) => at),
  )
  const renamedLines = (place: number): string[] =>
    (renames[place] ?? []).map((rename) => style.dim(`${clockTime(rename.at)} ${renamedLine(rename)}`))
  const lines = entries.flatMap((entry, index) => {
    const { message, hops, hushed, at, own, to } = entry
    const day = dayOf(at)
    const first = day === before ? [] : [dayLine(day, style)]
    before = day
    days.shown(at)
    const recipient = own && message.channel === DIRECT ? (to === undefined ? '?' : labelOf(to)) : undefined
    const line = messageLine({ ...message, sentAt: at }, at, style, {
      hops,
      hushed,
      to: recipient,
      listed: sharedListWords(entry),
    })
    return [...renamedLines(index), ...first, line]
  })
  return [...lines, ...renamedLines(entries.length)]
}

function directTag(to: string | undefined): string {
  return to === undefined ? '(direct)' : `(to ${sanitizeLine(to)})`
}

/** The delivery status of an own message as a sign; empty if it has no recipients. */
export function receiptSign({ recipients, delivered, failed, queued }: Receipt, style: Style): string {
  if (recipients === 0) return ''
  if (failed.length > 0) return style.red('✗')
  if (queued.length > 0) return style.dim('…')
  return delivered === recipients ? style.dim('✓') : ''
}

/** The delivery status of an own message in words. `before`: the recipients that were waiting before. */
export function receiptLine(receipt: Receipt, style: Style, before: readonly Peer[] = []): string {
  const { recipients, delivered, unconfirmed, failed, queued } = receipt
  const parts = failed.map(({ peer, reason }) => `✗ not delivered to ${name(peer)}: ${sanitizeLine(reason)}`)
  if (queued.length > 0) parts.push(`… waiting for ${names(queued)}`)
  const last = before.length === 0 ? '' : `to ${names(before)}: `
  if (parts.length === 0) parts.push(`✓ delivered ${last}${delivered}/${recipients}`)
  if (unconfirmed > 0) parts.push(`${unconfirmed} of them without an acknowledgement`)
  const text = parts.join('; ')
  return failed.length > 0 ? style.red(text) : style.dim(text)
}

/** For messages that wait when their sender leaves. */
export function leftBehindLine(count: number, isKept: boolean): string {
  const messages = count === 1 ? '1 message' : `${count} messages`
  if (isKept) return `-- ${messages} ${count === 1 ? 'waits and goes' : 'wait and go'} out when you are back`
  return `-- ${messages} ${count === 1 ? 'was' : 'were'} not delivered, and nothing is kept on disk: ${count === 1 ? 'it is' : 'they are'} lost`
}

/** Everything that has one line, whatever came before. */
export function eventLine(
  event: Exclude<ChatEvent, { kind: 'message' | 'receipt' | 'became' }>,
  style: Style,
): string {
  switch (event.kind) {
    case 'present':
      return style.dim(`-- ${channelTitle(sanitizeLine(event.channel))}: ${present(event.peers)}`)
    case 'joined':
      return style.dim(`-- ${name(event.peer)} joined ${channelTitle(sanitizeLine(event.channel))}`)
    case 'parted':
      return style.dim(
        `-- ${name(event.peer)} left ${channelTitle(sanitizeLine(event.channel))}${whyLeft(event.reason)}`,
      )
    case 'renamed':
      return style.dim(
        renamedLine({ before: event.before, after: labelOf(event.peer), claimed: event.peer.name }),
      )
    case 'profile':
      return style.dim(`-- ${profileLine(event.peer, event.profile)}`)
    case 'followed':
    case 'liked':
      return style.dim(`-- ${lsnpSentence(event)}`)
    case 'group': {
      const where =
        event.news === 'created' ? `: it is ${channelTitle(sanitizeLine(event.channel))} here` : ''
      return style.dim(`-- ${lsnpSentence(event)}${where}`)
    }
    case 'datagram':
      return style.dim(datagramLine(event))
    case 'resumed':
      return style.bold(`-- ${stillWaiting(event.messages) ?? ''}`)
    case 'notice':
      return style.bold(`-- ${sanitize(event.text)}`)
    case 'tracker':
      return style.dim(`-- ${trackerLine(event.state, event.detail)}`)
  }
}

function renamedLine(change: NameChange): string {
  return `-- ${renameWords(change)}`
}

/** Empty if the peer said goodbye. */
function whyLeft(reason: string): string {
  return reason === 'left' ? '' : ` (${sanitizeLine(reason)})`
}

/** `alice is "in the lab", with a picture (image/png)`. */
export function profileLine(peer: Peer, { status, avatar }: Profile): string {
  const said = status === '' ? 'shows no status' : `is "${sanitizeSentence(status)}"`
  return `${name(peer)} ${said}${avatar === undefined ? '' : `, with ${pictureLine(avatar)}`}`
}

/** `a picture (image/png)`. */
export function pictureLine(picture: Picture | undefined): string {
  return picture === undefined ? 'no picture' : `a picture (${picture.type})`
}

/** In the words of LSNP's RFC draft where it has some. */
export function lsnpSentence(event: Extract<ChatEvent, { kind: 'followed' | 'liked' | 'group' }>): string {
  switch (event.kind) {
    case 'followed':
      return `User ${name(event.peer)} has ${event.following ? 'followed' : 'unfollowed'} you`
    case 'liked':
      return `${name(event.peer)} ${event.liking ? 'likes' : 'no longer likes'} your post [${sanitizeSentence(event.text)}]`
    case 'group': {
      const group = sanitizeLine(event.name)
      if (event.news === 'updated') return `The group "${group}" member list was updated.`
      return event.news === 'created' ? `You've been added to ${group}` : `You've been removed from ${group}`
    }
  }
}

/** `12:03:07 RECV < 10.0.0.5:50999 PING`, and the lines of the datagram below. */
export function datagramLine({
  way,
  at,
  address,
  type,
  text,
}: Extract<ChatEvent, { kind: 'datagram' }>): string {
  const sign = { SEND: 'SEND >', RECV: 'RECV <', DROP: 'DROP !' }[way]
  const time = `${clockTime(at)}:${two(new Date(at).getSeconds())}`
  const head = `${time} ${sign} ${address} ${sanitizeLine(type)}`.trimEnd()
  return `${head}\n    ${sanitize(text).split('\n').join('\n    ')}`
}

function trackerLine(state: string, detail: string): string {
  const why = detail === '' ? '' : ` (${sanitizeLine(detail)})`
  switch (state) {
    case 'registered':
      return `registered with the tracker${why}`
    case 'lost':
      return `the tracker does not answer${why}; peers you know can still be reached, and it is tried again`
    default:
      return 'looking for the tracker'
  }
}

function present(peers: readonly Peer[]): string {
  if (peers.length === 0) return 'no one else is here yet'
  return `${names(peers)} ${peers.length === 1 ? 'is' : 'are'} here`
}

export function name(peer: Pick<Peer, 'label' | 'name'>): string {
  return sanitizeLine(labelOf(peer))
}

/** `alice, bob and 3 more`. */
export function names(peers: readonly Peer[], most = 8): string {
  const shown = peers.slice(0, most).map(name).join(', ')
  return peers.length > most ? `${shown} and ${peers.length - most} more` : shown
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
