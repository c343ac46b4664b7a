/** Each check finds its violation: a story without one, and changes to it. */
import { textOf } from '../../src/chat/content.ts'
import { describe, expect, it } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { CHECKS } from './checks.ts'
import { Log } from './record.ts'
import type { ChatMessage } from '../../src/chat/model.ts'
import type { Entry, PendingMessage } from '../../src/store/store.ts'
import type { Trace, Kept } from './trace.ts'

const keyOf = (byte: number) => new KeyPair(Buffer.alloc(32, byte)).id

const ALICE = { ip: '192.168.1.11', port: 8_001, name: 'alice', key: keyOf(1) }
const BOB = { ip: '192.168.1.12', port: 8_002, name: 'bob', key: keyOf(2) }
const CAROL = { ip: '192.168.1.13', port: 8_003, name: 'carol', key: keyOf(3) }

function message(seq: number, text: string): ChatMessage {
  return {
    id: `id ${seq}`,
    from: ALICE,
    channel: 'general',
    content: { kind: 'text', text },
    sentAt: seq,
    seq,
  }
}

const ONE = message(1, 'one')
const TWO = message(2, 'two')

function entry(said: ChatMessage): Entry {
  return { message: said, conversation: 'general', at: said.sentAt, receivedAt: said.sentAt, own: false }
}

/** A run that a test changes. */
interface Story {
  readonly log: Log
  readonly pages: Record<'alice' | 'bob' | 'carol', Entry[]>
  readonly unsettled: PendingMessage[]
  writes: number[]
  /** Store time of Alice at the end. */
  now: number
}

/** Alice says two things to Bob in #general, and both arrive; Carol was not there. */
function story(): Story {
  const log = new Log(() => 0)
  for (const said of [ONE, TWO]) {
    const { id, content, sentAt: at } = said
    const text = textOf(content)
    log.said.push({ by: 'alice', life: 1, at, id, channel: 'general', text, to: ['bob'] })
    log.shown.push({ to: 'bob', life: 1, at: at + 0.1, message: said, place: at, late: false, own: false })
    log.receipts.push({ who: 'alice', at: at + 0.3, messageId: id, missing: [], failed: [] })
  }
  const both = [entry(ONE), entry(TWO)]
  return {
    log,
    pages: { alice: [...both], bob: [...both], carol: [] },
    unsettled: [],
    writes: [1.2, 2.2],
    now: 9,
  }
}

function broken({ log, pages, unsettled, writes, now }: Story): string[] {
  const kept = [ALICE, BOB, CAROL].map(({ key, ip, port, name }): Kept => {
    const plan = { name, machine: 0, port, usesTracker: true, usesLan: false }
    const place = { plan, address: { host: ip, port }, isSettled: true }
    const user = { name, id: key, ...place, isGone: false, channels: new Set(['general']) }
    const own = pages.alice.map((each) => ({ ...each, own: true }))
    const entries = name === 'alice' ? own : name === 'bob' ? pages.bob : pages.carol
    const conversations = new Map([['general', entries]])
    return { user, writes, conversations, now, unsettled: name === 'alice' ? unsettled : [] }
  })
  const trace: Trace = { log, kept }
  return CHECKS.flatMap((check) => check(trace))
}

const shownToBob = (said: ChatMessage, life = 1) =>
  ({ to: 'bob', life, at: 5, message: said, place: 5, late: false, own: false }) as const

/** Alice said the second message in a closed channel that Bob came into with epoch 2. */
function closedStory(log: Log, { said, shown }: { readonly said: number; readonly shown: number }): void {
  const inEpoch = (epoch: number): ChatMessage => ({ ...TWO, closed: { id: 'vault', epoch } })
  log.changes.push({ who: 'bob', epoch: 2, isIn: true })
  const alices = { ...shownToBob(inEpoch(said)), to: 'alice', own: true, at: 2 }
  log.changes.push({ who: 'alice', epoch: 1, isIn: true })
  log.shown.splice(1, 1, alices, { ...shownToBob(inEpoch(shown)), at: 2.1 })
}

/** Alice said the second message in a closed channel, in epoch 2, in which Bob and Carol were, and the creator is Carol. */
function vaultStory({ log, pages }: Story): void {
  const kept = { ...TWO, closed: { id: 'vault', epoch: 2 } }
  const [, said] = log.said
  if (said !== undefined) log.said[1] = { ...said, channel: 'general' }
  log.changes.push({ who: 'carol', epoch: 1, isIn: true }, { who: 'alice', epoch: 2, isIn: true })
  log.changes.push({ who: 'bob', epoch: 2, isIn: true })
  log.shown.splice(1, 1, { ...shownToBob(kept), to: 'alice', own: true, at: 2 })
  log.shown.push({ ...shownToBob(kept), at: 2.1 })
  pages.carol.push(entry(kept))
}

/** What was said to Bob in it has not come to him, and the receipt says this of it. */
function lostToBob({ log, pages }: Story, failed: readonly string[]): void {
  pages.bob.pop()
  log.shown.pop()
  const [one] = log.receipts
  const [, said] = log.said
  log.receipts.splice(0, Infinity, ...(one === undefined ? [] : [one]))
  log.receipts.push({ who: 'alice', at: 3, messageId: said?.id ?? '', missing: ['bob'], failed })
}

describe('what is said in the closed channel', () => {
  it.each<[string, (story: Story) => unknown, string[]]>([
    ['is with all who were in it', () => undefined, []],
    [
      'comes also to a member who was not there',
      ({ pages }) => pages.carol.pop(),
      ['"two" never came to carol'],
    ],
    [
      'does not come to one who was not there, and asks after the clock of the sender leapt by more than a day',
      (changed) => {
        changed.pages.carol.pop()
        changed.now = 25 * 3_600_000
      },
      [],
    ],
    [
      'comes all the same to one that it was sent to',
      (changed) => {
        lostToBob(changed, [])
        changed.now = 25 * 3_600_000
      },
      ['"two" never came to bob'],
    ],
    [
      'comes to a member who came in again before',
      (changed) => {
        lostToBob(changed, [])
        changed.log.changes.unshift({ who: 'bob', epoch: 1, isIn: false })
        changed.log.parted.add('bob general')
      },
      ['"two" never came to bob'],
    ],
    [
      'need not come to who was removed since, even if invited again',
      (changed) => {
        lostToBob(changed, ['bob'])
        changed.log.changes.push({ who: 'bob', epoch: 3, isIn: false }, { who: 'bob', epoch: 4, isIn: true })
      },
      [],
    ],
    [
      'need not come from a sender who was removed since and is told so',
      (changed) => {
        lostToBob(changed, ['bob'])
        changed.log.changes.push({ who: 'alice', epoch: 3, isIn: false })
      },
      [],
    ],
    [
      'is not lost without a word to a removed sender',
      (changed) => {
        lostToBob(changed, [])
        changed.log.changes.push({ who: 'alice', epoch: 3, isIn: false })
      },
      ['alice was not told that "two" never came to bob'],
    ],
    [
      'comes although the sender was removed before',
      (changed) => {
        lostToBob(changed, ['bob'])
        changed.log.changes.unshift({ who: 'alice', epoch: 1, isIn: false })
      },
      ['"two" never came to bob'],
    ],
  ])('%s', (_, change, wanted) => {
    const changed = story()
    vaultStory(changed)
    change(changed)
    expect(broken(changed)).toEqual(wanted)
  })
})

describe('the checks', () => {
  it('find nothing where all is well', () => {
    expect(broken(story())).toEqual([])
  })

  it.each<[string, (story: Story) => unknown, string[]]>([
    [
      'a delivered message that is not there',
      ({ pages }) => pages.bob.pop(),
      ['"two" was delivered to bob, who has it 0 times', '"two" never came to bob'],
    ],
    [
      'one that was acknowledged too early',
      (changed) => (changed.writes = [1.2, 2.4]),
      ['bob acknowledged "two" before it was on its disk'],
    ],
    [
      'one that its sender has lost without a crash',
      ({ pages }) => pages.alice.pop(),
      ['"two" was forgotten by alice'],
    ],
    [
      'one that is kept twice',
      ({ pages }) => pages.bob.push(entry({ ...TWO, seq: 3 })),
      ['"two" was delivered to bob, who has it 2 times', 'bob has "two" twice'],
    ],
    [
      'one that is shown again',
      ({ log }) => log.shown.push(shownToBob(TWO, 2)),
      ['bob was shown "two" twice'],
    ],
    [
      'a history in disorder',
      ({ pages }) => pages.bob.reverse(),
      ['in the history of bob, general: "one" comes after "two"'],
    ],
    [
      'messages shown in disorder',
      ({ log }) => log.shown.reverse(),
      Array<string>(2).fill('shown to bob (life 1), general: "one" comes after "two"'),
    ],
    [
      'another text',
      ({ pages }) => (pages.carol = [entry({ ...ONE, content: { kind: 'text', text: 'won' } })]),
      ['carol has "won", which was one'],
    ],
    [
      'a direct message that went astray',
      ({ log, pages }) => {
        const [said] = log.said
        if (said !== undefined) log.said[0] = { ...said, channel: undefined }
        pages.carol.push(entry(ONE))
      },
      ['"one" was for bob, but carol has it'],
    ],
    [
      'a message that still waits for a user who is online',
      ({ unsettled }) =>
        unsettled.push({ message: TWO, recipients: 1, saidAt: 2, queuedAt: 2, waiting: [BOB], failed: [] }),
      ['"two" of alice still waits for bob'],
    ],
    [
      'a message under the key of a user who did not say it',
      ({ log, pages }) => {
        const forged = { ...ONE, content: { kind: 'text', text: 'forged' } } as const
        pages.carol.push(entry(forged))
        log.shown.push({ ...shownToBob(forged), to: 'carol' })
      },
      ['carol has "forged", which was one', 'carol was shown "forged", which no user said'],
    ],
    [
      'a direct message that an impostor was sent',
      ({ log }) => {
        const [said] = log.said
        if (said !== undefined) log.said[0] = { ...said, channel: undefined }
        log.stolen.push({ text: 'one', isProved: false })
      },
      ['an impostor was sent "one"'],
    ],
    [
      'a message that an impostor was sent over a proved connection',
      ({ log }) => log.stolen.push({ text: 'one', isProved: true }),
      ['an impostor was sent "one" over a proved connection'],
    ],
    [
      'messages in clear to another than the impostor',
      ({ log }) => {
        log.impostor = { address: '192.168.1.66:8066', key: keyOf(4) }
        log.clear.add('alice to 192.168.1.66:8066').add('alice to 192.168.1.12:8002')
      },
      ['messages left in clear: alice to 192.168.1.12:8002'],
    ],
    [
      'a message of a closed channel that a stranger is shown',
      ({ log }) => {
        closedStory(log, { said: 2, shown: 2 })
        log.changes.shift()
      },
      ['bob was shown "two", and was not in the channel'],
    ],
    [
      'one that a removed member is shown',
      ({ log }) => {
        closedStory(log, { said: 3, shown: 3 })
        log.changes.push({ who: 'bob', epoch: 3, isIn: false })
      },
      ['bob was shown "two", and was not in the channel'],
    ],
    [
      'one that was shown in an epoch before that of its sender',
      ({ log }) => {
        closedStory(log, { said: 3, shown: 2 })
        log.changes.push({ who: 'bob', epoch: 3, isIn: false })
      },
      ['bob was shown "two", and was not in the channel'],
    ],
    [
      'an error that was thrown',
      ({ log }) => {
        log.error('bob', 'oops')
      },
      ['bob: oops'],
    ],
  ])('find %s', (_, change, wanted) => {
    const changed = story()
    change(changed)
    expect(broken(changed).sort()).toEqual(wanted.sort())
  })

  it('let a message wait for a peer that is not in its channel', () => {
    const changed = story()
    const message = { ...TWO, channel: 'tea' }
    changed.unsettled.push({ message, recipients: 1, saidAt: 2, queuedAt: 2, waiting: [BOB], failed: [] })
    expect(broken(changed)).toEqual([])
  })

  it('forgive what a crash made a program forget', () => {
    const changed = story()
    changed.log.shown.push(shownToBob(TWO, 1), shownToBob(TWO, 2))
    changed.log.shown.splice(1, 1)
    changed.log.crashes.push({ who: 'bob', life: 1, savedAt: 4 })
    expect(broken(changed).filter((sentence) => sentence.includes('twice'))).toEqual([])
  })
})
