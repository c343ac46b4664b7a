/** The promises that every run must keep. A check returns a sentence for each violation. */
import { textOf } from '../../src/chat/content.ts'
import { senderKey, type ChatMessage } from '../../src/chat/model.ts'
import {
  conversationOf,
  copiesOf,
  finds,
  mayWait,
  isGenuine,
  isPastCatchUp,
  keptBy,
  mayBeForgotten,
  userOf,
  type Trace,
} from './trace.ts'
import type { Log, Said, Shown } from './record.ts'

export type Check = (trace: Trace) => string[]

/** A message reported as delivered was on the disk of its recipient before, and stays there. */
const deliveredIsKept: Check = (trace) => {
  const broken = new Set<string>()
  for (const { said, to, at } of deliveries(trace)) {
    const kept = keptBy(trace, to)
    const copies = copiesOf(kept, said)
    if (copies !== 1) broken.add(`"${said.text}" was delivered to ${to}, who has it ${copies} times`)
    const arrived = trace.log.shown.filter(
      (shown) => shown.to === to && textOf(shown.message.content) === said.text,
    )
    const wasWritten = arrived.some((shown) => kept.writes.some((write) => shown.at <= write && write <= at))
    if (!wasWritten) broken.add(`${to} acknowledged "${said.text}" before it was on its disk`)
  }
  return [...broken]
}

/**
 * A message that its sender did not lose in a crash reaches every recipient in the end; in the closed channel these are
 * all who are in it from the epoch of the message on. A sender that the creator has removed since cannot prove itself to
 * them: it gets a receipt that names the members that the message did not reach. A member that was away asks for what was
 * said, as far back as peers ask.
 */
const saidArrives: Check = (trace) => {
  const { log } = trace
  const broken: string[] = []
  for (const said of log.said) {
    const { by, life, at, text, channel } = said
    const sender = keptBy(trace, by)
    if (copiesOf(sender, said) === 0) {
      if (!mayBeForgotten(log, by, life, at)) broken.push(`"${text}" was forgotten by ${by}`)
      continue
    }
    if (sender.user.isGone) continue
    const epoch = epochOf(log, said)
    const isRemoved = epoch !== undefined && !isInSince(log, by, epoch)
    for (const to of epoch === undefined ? usersAmong(trace, said.to) : othersInSince(trace, by, epoch)) {
      const kept = keptBy(trace, to)
      const { isGone, channels } = kept.user
      const hasParted = epoch === undefined && log.parted.has(`${to} ${channel}`)
      const hasLeft = channel !== undefined && (!channels.has(channel) || hasParted)
      // A member that it was not sent to asks for it later, by its age.
      if (!said.to.includes(to) && isPastCatchUp(sender, said)) continue
      if (isGone || hasLeft || !finds(sender.user, kept.user) || copiesOf(kept, said) > 0) continue
      if (!isRemoved) broken.push(`"${text}" never came to ${to}`)
      else if (said.to.includes(to) && !isToldOfFailure(log, said, to))
        broken.push(`${by} was not told that "${text}" never came to ${to}`)
    }
  }
  return broken
}

/** A direct message is with its recipient, and nowhere else. */
const directStaysDirect: Check = ({ log, kept }) =>
  log.said.flatMap((said) => {
    if (said.channel !== undefined) return []
    const others = kept.filter(({ user }) => user.name !== said.by && !said.to.includes(user.name))
    return others
      .filter((other) => copiesOf(other, said) > 0)
      .map(({ user }) => `"${said.text}" was for ${said.to.join()}, but ${user.name} has it`)
  })

/** No history has a message twice. */
const keptOnce: Check = ({ kept }) =>
  kept.flatMap(({ user, conversations }) => {
    const entries = [...conversations.values()].flat().filter(isGenuine)
    return repeated(entries.map(({ message }) => message).map(({ content }) => textOf(content))).map(
      (text) => `${user.name} has "${text}" twice`,
    )
  })

/**
 * A message that others dated too far back is shown where it belongs when its author sends it: those who told it may have
 * a clock that leapt, or hide it among old ones.
 */
const MOST_DATED_BACK = 60_000

function withoutRedated(all: readonly Shown[]): Shown[] {
  return all.filter((shown, index) => {
    const isSame = ({ to, message }: Shown): boolean =>
      to === shown.to && textOf(message.content) === textOf(shown.message.content)
    const before = all.slice(0, index).find((each) => isSame(each) && (each.hops ?? 0) > 0)
    const isOfAuthor = shown.hops !== undefined && shown.hops <= 0
    if (before === undefined || !isOfAuthor) return true
    return shown.place - before.place <= MOST_DATED_BACK
  })
}

/** No message is shown twice, unless it was lost in a crash in between. */
const shownOnce: Check = ({ log }) => {
  const shown = withoutRedated(log.shown.filter(isGenuine))
  const remembered = shown.filter(({ to, life, at }) => !mayBeForgotten(log, to, life, at))
  const all = shown.map(
    ({ to, life, message }) => `${to} (life ${life}) was shown "${textOf(message.content)}"`,
  )
  const once = remembered.map(({ to, message }) => `${to} was shown "${textOf(message.content)}"`)
  return [...repeated(all), ...repeated(once)].map((sentence) => `${sentence} twice`)
}

/** In a history the messages of one sender are in the order in which they were sent. */
const keptInOrder: Check = ({ kept }) =>
  kept.flatMap(({ user, conversations }) =>
    [...conversations].flatMap(([name, entries]) =>
      disordered(entries.filter(isGenuine).map(({ message }) => message)).map(
        (what) => `in the history of ${user.name}, ${name}: ${what}`,
      ),
    ),
  )

/** So are the shown messages that are not marked as late, and all that came straight from their sender. */
const shownInOrder: Check = ({ log }) => [
  ...shownDisordered(log.shown.filter(({ late }) => !late)),
  ...shownDisordered(log.shown.filter(({ hops = 0 }) => hops === 0)),
]

function shownDisordered(shown: readonly Shown[]): string[] {
  const streams = new Map<string, ChatMessage[]>()
  for (const { to, life, message } of shown.filter(isGenuine)) {
    const key = `${to} (life ${life}), ${conversationOf(message)}`
    const stream = streams.get(key)
    if (stream === undefined) streams.set(key, [message])
    else stream.push(message)
  }
  return [...streams].flatMap(([key, messages]) =>
    disordered(messages).map((what) => `shown to ${key}: ${what}`),
  )
}

/** Every copy of a message under a key has the text of the user with that key. */
const sameEverywhere: Check = (trace) => {
  const { log, kept } = trace
  const said = new Map(log.said.map(({ by, id, text }) => [`${keptBy(trace, by).user.id} ${id}`, text]))
  return kept.flatMap(({ user, conversations }) =>
    [...conversations.values()].flat().flatMap(({ message, own }) => {
      if (!isGenuine({ message, own })) return []
      const original = said.get(`${senderKey(message)} ${message.id}`)
      if (original === textOf(message.content)) return []
      return [`${user.name} has "${textOf(message.content)}", which was ${original ?? 'sent by no user'}`]
    }),
  )
}

/** No message waits for a peer that is online and in the channel. */
const queuesAreEmpty: Check = ({ kept }) =>
  kept.flatMap(({ user, unsettled }) => {
    if (user.isGone) return []
    const users = kept.map((other) => other.user)
    return unsettled.flatMap(({ message, waiting }) =>
      waiting
        .filter((peer) => !mayWait(user, peer, message.channel, users))
        .filter((peer) => userOf(peer, users)?.isGone === false)
        .map((peer) => `"${textOf(message.content)}" of ${user.name} still waits for ${peer.name}`),
    )
  })

/**
 * What is said in a closed channel is shown to those alone who are in it in the epoch of the message: the one in which it was
 * said, as its sender knew it, or a later one when it had waited.
 */
const closedStaysClosed: Check = ({ log }) =>
  log.shown.flatMap(({ to, message }) => {
    const { closed } = message
    if (closed === undefined) return []
    const text = textOf(message.content)
    const said = log.shown.find((shown) => shown.own && textOf(shown.message.content) === text)
    const isBefore = closed.epoch < (said?.message.closed?.epoch ?? 0)
    const last = log.changes.findLast(({ who, epoch }) => who === to && epoch <= closed.epoch)
    return last?.isIn === true && !isBefore ? [] : [`${to} was shown "${text}", and was not in the channel`]
  })

/** What is under a key was said by its user, also where it is only shown. */
const shownAsSaid: Check = ({ log, kept }) =>
  log.shown.flatMap(({ to, message, own }) => {
    const by = kept.find(({ user }) => user.id === message.from.key)?.user.name
    const text = textOf(message.content)
    const isSaid = log.said.some((said) => said.by === by && said.text === text)
    return !isGenuine({ message, own }) || isSaid ? [] : [`${to} was shown "${text}", which no user said`]
  })

/**
 * An impostor is sent what is said in its channels: in clear as a program without a key, or over connections for the key
 * that it has. Nothing else reaches it.
 */
const nothingStolen: Check = ({ log }) =>
  log.stolen.flatMap(({ text, isProved }) => {
    const said = log.said.find((each) => each.text === text)
    const isMeant = !isProved || log.meantForImpostor.some((body) => body.includes(JSON.stringify(text)))
    if (said === undefined || (said.channel !== undefined && isMeant)) return []
    return [`an impostor was sent "${text}"${isProved ? ' over a proved connection' : ''}`]
  })

/** Each user has a key, so nothing leaves in clear but what the impostor is sent. */
const nothingInClear: Check = ({ log }) =>
  [...log.clear]
    .filter((sent) => !sent.endsWith(` to ${log.impostor?.address}`))
    .map((sent) => `messages left in clear: ${sent}`)

const nothingFails: Check = ({ log }) => [...log.errors]

export const CHECKS: readonly Check[] = [
  nothingFails,
  deliveredIsKept,
  saidArrives,
  directStaysDirect,
  closedStaysClosed,
  keptOnce,
  shownOnce,
  keptInOrder,
  shownInOrder,
  sameEverywhere,
  shownAsSaid,
  nothingStolen,
  nothingInClear,
  queuesAreEmpty,
]

/** The epoch of the closed channel in which a message was said; undefined for every other message. */
function epochOf({ shown }: Log, { by, text }: Pick<Said, 'by' | 'text'>): number | undefined {
  const own = shown.find((each) => each.own && each.to === by && textOf(each.message.content) === text)
  return own?.message.closed?.epoch
}

/** Whether a user was in the closed channel in this epoch, and was not removed since. */
function isInSince({ changes }: Log, name: string, since: number): boolean {
  const own = changes.filter(({ who }) => who === name)
  const isIn = own.findLast(({ epoch }) => epoch <= since)?.isIn === true
  return isIn && own.every(({ epoch, isIn: stays }) => epoch <= since || stays)
}

function othersInSince({ log, kept }: Trace, by: string, epoch: number): readonly string[] {
  const names = kept.map(({ user }) => user.name)
  return names.filter((name) => name !== by && isInSince(log, name, epoch))
}

function isToldOfFailure({ receipts }: Log, { by, id }: Said, to: string): boolean {
  return receipts.some(({ who, messageId, failed }) => who === by && messageId === id && failed.includes(to))
}

interface Delivered {
  readonly said: Said
  readonly to: string
  readonly at: number
}

/** Each report to a sender that one more recipient has its message. */
function deliveries(trace: Trace): Delivered[] {
  const { log } = trace
  const reported = new Set<string>()
  return log.receipts.flatMap(({ who, at, messageId, missing }) => {
    const said = log.said.find(({ by, id }) => by === who && id === messageId)
    if (said === undefined) return []
    const newly = usersAmong(trace, said.to).filter(
      (to) => !missing.includes(to) && !reported.has(`${who} ${said.id} ${to}`),
    )
    for (const to of newly) reported.add(`${who} ${said.id} ${to}`)
    return newly.map((to) => ({ said, to, at }))
  })
}

/** The recipients that are users: others need not have a message. */
function usersAmong({ kept }: Trace, names: readonly string[]): readonly string[] {
  return names.filter((name) => kept.some(({ user }) => user.name === name))
}

function repeated(list: readonly string[]): string[] {
  const seen = new Set<string>()
  const again = new Set<string>()
  for (const each of list) {
    if (seen.has(each)) again.add(each)
    seen.add(each)
  }
  return [...again]
}

/** Messages that come after a later one of the same sender. */
function disordered(messages: readonly ChatMessage[]): string[] {
  const last = new Map<string, ChatMessage>()
  const broken: string[] = []
  for (const message of messages) {
    const key = senderKey(message)
    const before = last.get(key)
    if (before !== undefined && (before.seq ?? 0) >= (message.seq ?? 0))
      broken.push(`"${textOf(message.content)}" comes after "${textOf(before.content)}"`)
    last.set(key, message)
  }
  return broken
}
