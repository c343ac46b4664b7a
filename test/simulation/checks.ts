/** The promises that a run is held to. Each check gives a sentence for each time that one was broken. */
import { textOf } from '../../src/chat/content.ts'
import { addressKey, senderKey, type ChatMessage } from '../../src/chat/model.ts'
import { conversationOf, copiesOf, isOutside, keptBy, mayBeForgotten, type Evidence } from './evidence.ts'
import type { Said, Shown } from './record.ts'

export type Check = (evidence: Evidence) => string[]

/** A message that its sender was told has arrived was written to a disk before, and stays there. */
const deliveredIsKept: Check = (evidence) => {
  const broken = new Set<string>()
  for (const { said, to, at } of deliveries(evidence)) {
    const kept = keptBy(evidence, to)
    const copies = copiesOf(kept, said)
    if (copies !== 1) broken.add(`"${said.text}" was delivered to ${to}, who has it ${copies} times`)
    const arrived = evidence.log.shown.filter(
      (shown) => shown.to === to && textOf(shown.message.content) === said.text,
    )
    const wasWritten = arrived.some((shown) => kept.writes.some((write) => shown.at <= write && write <= at))
    if (!wasWritten) broken.add(`${to} acknowledged "${said.text}" before it was on its disk`)
  }
  return [...broken]
}

/** What was said and not forgotten by a crash arrives, in the end, wherever it was to go. */
const saidArrives: Check = (evidence) => {
  const { log } = evidence
  const broken: string[] = []
  for (const said of log.said) {
    const { by, life, at, text, channel } = said
    const sender = keptBy(evidence, by)
    if (copiesOf(sender, said) === 0) {
      if (!mayBeForgotten(log, by, life, at)) broken.push(`"${text}" was forgotten by ${by}`)
      continue
    }
    if (sender.person.isGone) continue
    for (const to of said.to) {
      const kept = keptBy(evidence, to)
      const { isGone, channels } = kept.person
      const hasLeft = channel !== undefined && (!channels.has(channel) || log.parted.has(`${to} ${channel}`))
      if (!isGone && !hasLeft && copiesOf(kept, said) === 0) broken.push(`"${text}" never came to ${to}`)
    }
  }
  return broken
}

/** What was for one person is with that person, and nowhere else. */
const directStaysDirect: Check = ({ log, kept }) =>
  log.said.flatMap((said) => {
    if (said.channel !== undefined) return []
    const others = kept.filter(({ person }) => person.name !== said.by && !said.to.includes(person.name))
    return others
      .filter((other) => copiesOf(other, said) > 0)
      .map(({ person }) => `"${said.text}" was for ${said.to.join()}, but ${person.name} has it`)
  })

/** Nothing is in a history twice. */
const keptOnce: Check = ({ kept }) =>
  kept.flatMap(({ person, conversations }) => {
    const messages = [...conversations.values()].flat().map(({ message }) => message)
    return repeated(messages.map(({ content }) => textOf(content))).map(
      (text) => `${person.name} has "${text}" twice`,
    )
  })

/** Nothing is shown twice, unless it was forgotten by a crash in between. */
const shownOnce: Check = ({ log }) => {
  const remembered = log.shown.filter(({ to, life, at }) => !mayBeForgotten(log, to, life, at))
  const all = log.shown.map(
    ({ to, life, message }) => `${to} (life ${life}) was shown "${textOf(message.content)}"`,
  )
  const once = remembered.map(({ to, message }) => `${to} was shown "${textOf(message.content)}"`)
  return [...repeated(all), ...repeated(once)].map((sentence) => `${sentence} twice`)
}

/** In a history the messages of one sender are in the order in which they were said. */
const keptInOrder: Check = ({ kept }) =>
  kept.flatMap(({ person, conversations }) =>
    [...conversations].flatMap(([name, entries]) =>
      disordered(entries.map(({ message }) => message)).map(
        (what) => `in the history of ${person.name}, ${name}: ${what}`,
      ),
    ),
  )

/** So are those that are shown and do not say that they come late; and all that came straight from their sender. */
const shownInOrder: Check = ({ log }) => [
  ...shownDisordered(log.shown.filter(({ late }) => !late)),
  ...shownDisordered(log.shown.filter(({ hops = 0 }) => hops === 0)),
]

function shownDisordered(shown: readonly Shown[]): string[] {
  const streams = new Map<string, ChatMessage[]>()
  for (const { to, life, message } of shown) {
    const key = `${to} (life ${life}), ${conversationOf(message)}`
    const stream = streams.get(key)
    if (stream === undefined) streams.set(key, [message])
    else stream.push(message)
  }
  return [...streams].flatMap(([key, messages]) =>
    disordered(messages).map((what) => `shown to ${key}: ${what}`),
  )
}

/** Everywhere a message is what its sender said. */
const sameEverywhere: Check = (evidence) => {
  const { log, kept } = evidence
  const said = new Map(log.said.map(({ by, id, text }) => [`${keptBy(evidence, by).identity} ${id}`, text]))
  return kept.flatMap(({ person, conversations }) =>
    [...conversations.values()].flat().flatMap(({ message }) => {
      const original = said.get(`${senderKey(message)} ${message.id}`)
      if (original === textOf(message.content)) return []
      return [`${person.name} has "${textOf(message.content)}", which was ${original ?? 'said by nobody'}`]
    }),
  )
}

/** Nothing waits for a peer that is there, and in the channel. */
const queuesAreEmpty: Check = ({ kept }) =>
  kept.flatMap(({ person, unsettled }) => {
    if (person.isGone) return []
    const people = kept.map((other) => other.person)
    return unsettled.flatMap(({ message, waiting }) =>
      waiting
        .filter((peer) => !isOutside(peer, message.channel, people))
        .filter((peer) => kept.some((other) => other.person.id === addressKey(peer) && !other.person.isGone))
        .map((peer) => `"${textOf(message.content)}" of ${person.name} still waits for ${peer.name}`),
    )
  })

const nothingFails: Check = ({ log }) => [...log.errors]

export const CHECKS: readonly Check[] = [
  nothingFails,
  deliveredIsKept,
  saidArrives,
  directStaysDirect,
  keptOnce,
  shownOnce,
  keptInOrder,
  shownInOrder,
  sameEverywhere,
  queuesAreEmpty,
]

interface Delivered {
  readonly said: Said
  readonly to: string
  readonly at: number
}

/** Each time that a sender was told of one more who has got its message. */
function deliveries(evidence: Evidence): Delivered[] {
  const { log } = evidence
  const told = new Set<string>()
  return log.receipts.flatMap(({ who, at, receipt }) => {
    const said = log.said.find(({ by, id }) => by === who && id === receipt.messageId)
    if (said === undefined) return []
    const others = new Set([...receipt.queued, ...receipt.failed.map(({ peer }) => peer)].map(addressKey))
    const newly = said.to.filter(
      (to) => !others.has(keptBy(evidence, to).person.id) && !told.has(`${who} ${said.id} ${to}`),
    )
    for (const to of newly) told.add(`${who} ${said.id} ${to}`)
    return newly.map((to) => ({ said, to, at }))
  })
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

/** Where a message comes after one that its sender said later. */
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
