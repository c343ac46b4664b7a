/**
 * What became of each message in a run of chaos. Pure: what the peers printed and kept goes in.
 *
 * A message was _said_ when its sender printed it as its own, and _acknowledged_ by a recipient when a receipt of its
 * sender counts that recipient as delivered. It was _shown_ to a recipient when that printed it in one of its lives.
 *
 * A recipient keeps a message before it prints it. One that is killed between the two has it in its history and never
 * prints it as an event; whoever starts it again reads it there. So a message also counts as shown when its recipient
 * has kept it and was killed, or was stopped and then killed, soon after it came. What is kept but not printed without
 * such a death is lost.
 */
import { textOf } from '../../src/chat/content.ts'
import { LIMITS } from '../../src/chat/limits.ts'
import { DIRECT, GENERAL, type ChatEvent, type ChatMessage, type Receipt } from '../../src/chat/model.ts'
import type { Life } from './restartable.ts'

/** A message that a peer has on disk. */
export interface Kept {
  readonly text: string
  /** Unix time in milliseconds. */
  readonly receivedAt: number
}

/** A message in an answer of GET /p2p/history. */
export interface Remembered {
  readonly id: string
  readonly from: { readonly name: string }
  readonly seq?: number
  readonly message: string
}

/** What one peer printed, remembers and keeps. The texts of a run are all different. */
export interface Witness {
  readonly name: string
  readonly lives: readonly Pick<Life, 'events' | 'endedAt' | 'end'>[]
  /** Of #general, as it was answered: oldest first. */
  readonly history: readonly Remembered[]
  readonly kept: readonly Kept[]
}

/** Counts of messages times recipients, where a message has several; the lists have a sentence each. */
export interface Verdict {
  readonly said: number
  readonly direct: number
  /** Messages times recipients that are to be shown. */
  readonly due: number
  readonly acknowledged: number
  readonly shown: number
  /** Of the shown: kept, but not printed because of a death. */
  readonly keptOnly: number
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  readonly outOfOrder: readonly string[]
  /** Given up by their sender, who was told so. */
  readonly failed: readonly string[]
  /** Said or shown, but not on the disk of who said it or was shown it, or not in its history of #general. */
  readonly unkept: readonly string[]
}

/** From the arrival of a message to the death that kept it from being printed, in milliseconds: the longest stop and some. */
const BEFORE_DEATH = 15_000

export function judge(witnesses: readonly Witness[]): Verdict {
  const names = witnesses.map(({ name }) => name)
  const shows = new Map(witnesses.map((witness) => [witness.name, new Shows(witness)]))
  let said = 0
  let direct = 0
  let due = 0
  let acknowledged = 0
  let shown = 0
  let keptOnly = 0
  const lost: string[] = []
  for (const sender of witnesses) {
    const receipts = lastReceipts(sender)
    for (const { message, to } of saidBy(sender)) {
      said++
      if (to !== undefined) direct++
      const recipients = to === undefined ? names.filter((name) => name !== sender.name) : [to]
      for (const recipient of recipients) {
        due++
        const isAcknowledged = acknowledges(receipts.get(message.id), recipient, recipients.length)
        if (isAcknowledged) acknowledged++
        const fate = shows.get(recipient)?.fate(textOf(message.content)) ?? 'not there'
        if (fate === 'printed' || fate === 'kept') shown++
        if (fate === 'kept') keptOnly++
        if (fate === 'printed' || fate === 'kept') continue
        lost.push(
          `${recipient} was not shown "${textOf(message.content)}": ${fate}${isAcknowledged ? ', though acknowledged' : ''}`,
        )
      }
    }
  }
  return {
    said,
    direct,
    due,
    acknowledged,
    shown,
    keptOnly,
    lost,
    twice: witnesses.flatMap(repeats),
    outOfOrder: witnesses.flatMap((witness) => [...disorderOfEvents(witness), ...disorderOfHistory(witness)]),
    failed: witnesses.flatMap(failures),
    unkept: witnesses.flatMap((witness) => unkept(witness, straightTo(witness.name, witnesses))),
  }
}

/** Whether everything said so far is printed by whom it is for, or in its history. */
export function isAllShown(witnesses: readonly Omit<Witness, 'kept'>[]): boolean {
  const here = new Map(
    witnesses.map((witness) => [
      witness.name,
      new Set([...texts(messagesIn(witness)), ...witness.history.map(({ message }) => message)]),
    ]),
  )
  return witnesses.every((sender) =>
    saidBy(sender).every(({ message, to }) =>
      witnesses.every(
        ({ name }) =>
          name === sender.name ||
          (to !== undefined && to !== name) ||
          here.get(name)?.has(textOf(message.content)) === true,
      ),
    ),
  )
}

type MessageEvent = Extract<ChatEvent, { kind: 'message' }>
type Lives = Pick<Witness, 'name' | 'lives'>

function messagesIn({ lives }: Pick<Witness, 'lives'>): MessageEvent[] {
  return lives.flatMap(({ events }) => events).filter((event) => event.kind === 'message')
}

function texts(events: readonly MessageEvent[]): string[] {
  return events.map(({ message }) => textOf(message.content))
}

// --- lost -------------------------------------------------------------------------------------------

interface Said {
  readonly message: ChatMessage
  /** Undefined: everybody. */
  readonly to: string | undefined
}

/** Each once, also where it was printed again. */
function saidBy(sender: Lives): Said[] {
  const said = new Map<string, Said>()
  for (const { message, own, to } of messagesIn(sender)) {
    if (own)
      said.set(textOf(message.content), { message, to: message.channel === DIRECT ? to?.name : undefined })
  }
  return [...said.values()]
}

/** By id of the message. */
function lastReceipts({ lives }: Pick<Witness, 'lives'>): Map<string, Receipt> {
  const receipts = new Map<string, Receipt>()
  for (const { events } of lives) {
    for (const event of events)
      if (event.kind === 'receipt') receipts.set(event.receipt.messageId, event.receipt)
  }
  return receipts
}

/**
 * A receipt names those who have not got it, and counts the others. One for fewer than all does not say for whom: who
 * was not known to be there, and is told later by whoever was.
 */
function acknowledges(receipt: Receipt | undefined, recipient: string, recipients: number): boolean {
  if (receipt?.recipients !== recipients) return false
  const missing = [...receipt.queued, ...receipt.failed.map(({ peer }) => peer)]
  return missing.every(({ name }) => name !== recipient)
}

/** What was shown to one peer. */
class Shows {
  readonly #printed: ReadonlySet<string>
  readonly #kept: ReadonlyMap<string, number>
  readonly #deaths: readonly number[]

  constructor(witness: Witness) {
    this.#printed = new Set(texts(messagesIn(witness).filter(({ own }) => !own)))
    this.#kept = new Map(witness.kept.map(({ text, receivedAt }) => [text, receivedAt]))
    this.#deaths = witness.lives.flatMap(({ end, endedAt }) =>
      end === 'SIGKILL' && endedAt !== undefined ? [endedAt] : [],
    )
  }

  fate(text: string): 'printed' | 'kept' | 'kept, but not printed' | 'not there' {
    if (this.#printed.has(text)) return 'printed'
    const keptAt = this.#kept.get(text)
    if (keptAt === undefined) return 'not there'
    const died = this.#deaths.some((at) => at >= keptAt && at - keptAt < BEFORE_DEATH)
    return died ? 'kept' : 'kept, but not printed'
  }
}

// --- twice, given up, not kept ----------------------------------------------------------------------

/** What was printed more than once, over all lives. */
function repeats(witness: Witness): string[] {
  const times = new Map<string, number>()
  for (const text of texts(messagesIn(witness))) times.set(text, (times.get(text) ?? 0) + 1)
  return [...times].flatMap(([text, count]) =>
    count > 1 ? [`${witness.name} printed "${text}" ${count} times`] : [],
  )
}

function failures(sender: Witness): string[] {
  const texts = new Map(saidBy(sender).map(({ message }) => [message.id, textOf(message.content)]))
  return [...lastReceipts(sender)].flatMap(([id, { failed }]) =>
    failed.map(({ peer, reason }) => `"${texts.get(id) ?? id}" did not get to ${peer.name}: ${reason}`),
  )
}

/** The texts that this recipient has straight from their sender, as far as the sender was told so. */
function straightTo(recipient: string, witnesses: readonly Witness[]): ReadonlySet<string> {
  const others = witnesses.length - 1
  const acknowledged = witnesses.flatMap((sender) => {
    const receipts = lastReceipts(sender)
    return saidBy(sender).filter(({ message }) => acknowledges(receipts.get(message.id), recipient, others))
  })
  return new Set(acknowledged.map(({ message }) => textOf(message.content)))
}

/** `straight`: see straightTo(). What this peer has from a third party alone it does not tell to others. */
function unkept(witness: Witness, straight: ReadonlySet<string>): string[] {
  const { name } = witness
  const kept = new Set(witness.kept.map(({ text }) => text))
  const told = new Set(witness.history.map(({ message }) => message))
  const isComplete = witness.history.length < LIMITS.caughtUp
  return messagesIn(witness).flatMap(({ message: { channel, content }, hops = 0 }) => {
    const text = textOf(content)
    if (!kept.has(text)) return [`${name} printed "${text}" and did not keep it`]
    const mayTell = channel !== DIRECT && (hops <= 0 || straight.has(text))
    const isMissing = mayTell && isComplete && !told.has(text)
    return isMissing ? [`${name} printed "${text}" and does not tell it to others`] : []
  })
}

// --- order ------------------------------------------------------------------------------------------

/**
 * Events that do not say that they come late are in the order of their sender, over all lives. Each conversation has
 * an order of its own: what was said to everybody is also told by others, and may be here before what its sender said
 * to one person.
 */
function disorderOfEvents(witness: Witness): string[] {
  return [GENERAL, DIRECT].flatMap((channel) => {
    const prompt = messagesIn(witness).filter(({ late, message }) => !late && message.channel === channel)
    const named = prompt.map(({ message: { from, seq, content } }) => ({
      from: from.name,
      seq,
      text: textOf(content),
    }))
    return disorder(named).map((sentence) => `${witness.name} printed ${sentence}`)
  })
}

function disorderOfHistory(witness: Witness): string[] {
  const named = witness.history.map(({ from, seq, message }) => ({ from: from.name, seq, text: message }))
  return disorder(named).map((sentence) => `the history of ${witness.name} has ${sentence}`)
}

interface Numbered {
  readonly from: string
  readonly seq: number | undefined
  readonly text: string
}

/** What does not come after all before it of the same sender. */
function disorder(messages: readonly Numbered[]): string[] {
  const greatest = new Map<string, Numbered>()
  const sentences: string[] = []
  for (const message of messages) {
    const { from, seq, text } = message
    const before = greatest.get(from)
    if (seq === undefined) sentences.push(`"${text}" without a number`)
    else if (before?.seq !== undefined && seq <= before.seq)
      sentences.push(`"${text}" (${seq}) after "${before.text}" (${before.seq})`)
    else greatest.set(from, message)
  }
  return sentences
}
