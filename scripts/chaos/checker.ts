/**
 * Checks a run of chaos: what happened to each message, from what the peers printed and kept.
 *
 * A message was _said_ when its sender printed it as its own, _acknowledged_ by a recipient when a receipt of its sender
 * counts that recipient as delivered, and _shown_ to a recipient that printed it in one of its lives.
 *
 * A recipient keeps a message before it prints it. A recipient that is killed between the two has the message in its
 * history, where its user finds it after the next start. So a message also counts as shown when its recipient has kept it
 * and was killed soon after it arrived. A message that is kept but not printed without such a death is lost.
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

/** What one peer printed, tells others and keeps. All texts of a run are different. */
export interface Witness {
  readonly name: string
  readonly lives: readonly Pick<Life, 'events' | 'endedAt' | 'end'>[]
  /** Its answer about #general, oldest first. */
  readonly history: readonly Remembered[]
  readonly kept: readonly Kept[]
}

/** Counts are of messages, or of messages times recipients; the lists have a sentence for each problem. */
export interface Report {
  readonly said: number
  readonly direct: number
  /** Messages times recipients that are to be shown. */
  readonly due: number
  readonly acknowledged: number
  readonly shown: number
  /** Shown messages that were kept but not printed because of a death. */
  readonly keptOnly: number
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  readonly outOfOrder: readonly string[]
  /** Given up by their sender, which reported it. */
  readonly failed: readonly string[]
  /** Printed by a peer, but not on its disk or not in its history of #general. */
  readonly unkept: readonly string[]
}

/** Longest time from the arrival of a message to the death that prevented its printing, in milliseconds. */
const BEFORE_DEATH = 15_000

export function check(witnesses: readonly Witness[]): Report {
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
        const status = shows.get(recipient)?.statusOf(textOf(message.content)) ?? 'not there'
        if (status === 'printed' || status === 'kept') shown++
        if (status === 'kept') keptOnly++
        if (status === 'printed' || status === 'kept') continue
        lost.push(
          `${recipient} was not shown "${textOf(message.content)}": ${status}${isAcknowledged ? ', though acknowledged' : ''}`,
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
    unkept: witnesses.flatMap((witness) => unkept(witness, witnesses)),
  }
}

/**
 * Whether each recipient has printed every message said so far, or has it in its history, and tells it to others: that it
 * may do once it has the signature, which comes up to a second after the message.
 */
export function isSettled(witnesses: readonly Omit<Witness, 'kept'>[]): boolean {
  const tellAll = witnesses.every((each) => untold(each, witnesses).length === 0)
  return tellAll && isAllShown(witnesses)
}

function isAllShown(witnesses: readonly Omit<Witness, 'kept'>[]): boolean {
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
  /** Undefined: the whole channel. */
  readonly to: string | undefined
}

/** Each message once, even if it was printed again. */
function saidBy(sender: Lives): Said[] {
  const said = new Map<string, Said>()
  for (const { message, own, to } of messagesIn(sender)) {
    if (own)
      said.set(textOf(message.content), { message, to: message.channel === DIRECT ? to?.name : undefined })
  }
  return [...said.values()]
}

/** Receipts by message id. */
function lastReceipts({ lives }: Pick<Witness, 'lives'>): Map<string, Receipt> {
  const receipts = new Map<string, Receipt>()
  for (const { events } of lives) {
    for (const event of events)
      if (event.kind === 'receipt') receipts.set(event.receipt.messageId, event.receipt)
  }
  return receipts
}

/**
 * A receipt names the recipients that are missing and counts the others. A receipt for fewer recipients than all cannot
 * say for which: the sender did not know the others, which get the message from a third peer later.
 */
function acknowledges(receipt: Receipt | undefined, recipient: string, recipients: number): boolean {
  if (receipt?.recipients !== recipients) return false
  const missing = [...receipt.queued, ...receipt.failed.map(({ peer }) => peer)]
  return missing.every(({ name }) => name !== recipient)
}

/** The messages that one peer was shown. */
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

  statusOf(text: string): 'printed' | 'kept' | 'kept, but not printed' | 'not there' {
    if (this.#printed.has(text)) return 'printed'
    const keptAt = this.#kept.get(text)
    if (keptAt === undefined) return 'not there'
    const died = this.#deaths.some((at) => at >= keptAt && at - keptAt < BEFORE_DEATH)
    return died ? 'kept' : 'kept, but not printed'
  }
}

// --- twice, given up, not kept ----------------------------------------------------------------------

/** Messages printed more than once, over all lives. */
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

/** Texts that this recipient has directly from their sender, as far as receipts say. */
function straightTo(recipient: string, witnesses: readonly Lives[]): ReadonlySet<string> {
  const others = witnesses.length - 1
  const acknowledged = witnesses.flatMap((sender) => {
    const receipts = lastReceipts(sender)
    return saidBy(sender).filter(({ message }) => acknowledges(receipts.get(message.id), recipient, others))
  })
  return new Set(acknowledged.map(({ message }) => textOf(message.content)))
}

function unkept(witness: Witness, witnesses: readonly Lives[]): string[] {
  const { name } = witness
  const kept = new Set(witness.kept.map(({ text }) => text))
  const lost = texts(messagesIn(witness)).filter((text) => !kept.has(text))
  return [
    ...lost.map((text) => `${name} printed "${text}" and did not keep it`),
    ...untold(witness, witnesses)
      .filter((text) => kept.has(text))
      .map((text) => `${name} printed "${text}" and does not tell it to others`),
  ]
}

/**
 * What a peer should tell others, and does not. It does not pass on a message that it has from a third peer only, nor one
 * that has no signature, because its author was killed before it kept the message.
 */
function untold(witness: Omit<Witness, 'kept'>, witnesses: readonly Lives[]): string[] {
  const straight = straightTo(witness.name, witnesses)
  const remembered = new Set(witness.history.map(({ message }) => message))
  const authored = new Set(witnesses.flatMap(saidBy).map((each) => textOf(each.message.content)))
  // An answer looks at the newest LIMITS.caughtUp only, and leaves out those of them that are not passed on.
  const said = messagesIn(witness).filter(({ message }) => message.channel !== DIRECT)
  const isWhole = said.length < LIMITS.caughtUp
  const expected = isWhole ? said : said.filter(({ late }) => !late).slice(-LIMITS.caughtUp / 2)
  return expected.flatMap(({ message: { content }, hops = 0 }) => {
    const text = textOf(content)
    const mayTell = authored.has(text) && (hops <= 0 || straight.has(text))
    return mayTell && !remembered.has(text) ? [text] : []
  })
}

// --- order ------------------------------------------------------------------------------------------

/**
 * Events that are not marked late are in the order of their sender, over all lives. Each conversation has an order of its
 * own: a channel message may arrive through a third peer before a direct message that was sent earlier.
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

/** Messages that do not come after all earlier ones of the same sender. */
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
