/** What is said when a proved key has another name than before, or the name of another person. */
import { describe, expect, test } from 'vitest'
import { labelOf } from '../../../src/chat/model.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { NameNews } from '../../../src/peer/contacts/name-news.ts'
import { Verification } from '../../../src/peer/contacts/verification.ts'
import { ManualClock } from '../../support/clock.ts'
import { emitting } from '../parts.ts'
import { keyed, knowing } from './people.ts'
import { renamesOf, renameWords } from '../../../src/chat/renames.ts'
import type { ChatEvent, Peer } from '../../../src/chat/model.ts'

const BOB = keyed(2, 'bob')
const ROBERT = keyed(3, 'robert')
const OTHER_BOB = keyed(4, 'bob')

async function start(met: readonly Peer[], here: readonly Peer[] = []) {
  const known = await knowing(met, here)
  const notices: string[] = []
  const clock = new ManualClock()
  const events = emitting((event) => {
    if (event.kind === 'notice') notices.push(event.text)
  })
  const verification = new Verification({ ...known, clock, events })
  const news = new NameNews({ ...known, clock, events, verification })
  const label = (peer: Peer): string => labelOf(known.labels.shown(peer))
  return { ...known, verification, news, notices, label }
}

describe('a contact that takes the name of another', () => {
  const ROBERT_AS_BOB = { ...ROBERT, name: 'bob' }

  test('is called as before, which is said once, until the user accepts the new name', async () => {
    const { news, notices, label, store } = await start([BOB, ROBERT])
    for (let times = 0; times < 3; times++) news.met(ROBERT_AS_BOB)
    expect([label(BOB), label(ROBERT_AS_BOB)]).toEqual(['bob', 'robert'])
    expect(notices).toEqual([
      `robert calls itself bob now, which is the name of another person: it stays robert here. /accept robert calls it bob·${shortId(ROBERT.key)}`,
    ])
    store.acceptName(ROBERT.key)
    expect([label(BOB), label(ROBERT_AS_BOB)]).toEqual(['bob', `bob·${shortId(ROBERT.key)}`])
  })

  test('keeps what it was called against a newcomer of that name', async () => {
    const { news, label } = await start([BOB, ROBERT])
    news.met(ROBERT_AS_BOB)
    const newcomer = keyed(5, 'robert')
    news.met(newcomer)
    expect([label(ROBERT_AS_BOB), label(newcomer)]).toEqual(['robert', `robert·${shortId(newcomer.key)}`])
  })

  test.each(['ignore', 'block'] as const)('and is hushed by %s says nothing by it', async (kind) => {
    const { news, notices, label, hushed, verification, store } = await start([BOB, ROBERT])
    verification.verify(ROBERT)
    hushed.set(ROBERT.key, kind)
    for (const name of ['bob', 'buy at evil.example', 'bob']) news.met({ ...ROBERT, name })
    expect(notices).toEqual([])
    expect(label(BOB)).toBe('bob')
    expect(store.verified.get(ROBERT.key)).toBeUndefined()
  })

  test('with a name that only looks like that of another', async () => {
    const { news, label } = await start([BOB, ROBERT])
    const mimic = { ...ROBERT, name: 'b0b' }
    news.met(mimic)
    expect(label(mimic)).toBe('robert')
  })

  test('is called by any other name at once, and the names before are kept', async () => {
    const { news, notices, label, store } = await start([BOB, ROBERT])
    news.met(ROBERT_AS_BOB)
    news.met({ ...ROBERT, name: 'rob' })
    expect(label({ ...ROBERT, name: 'rob' })).toBe('rob')
    expect(
      store.formerNames
        .of(ROBERT.key)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['bob', 'robert'])
    expect(notices).toHaveLength(1)
  })
})

describe('a name that its owner has laid down', () => {
  const [AS_ROB, label2] = [{ ...BOB, name: 'rob' }, `bob·${shortId(OTHER_BOB.key)}`]

  test('does not go to another person of that name, and the owner takes it back', async () => {
    const { news, notices, label } = await start([BOB, OTHER_BOB])
    expect([label(BOB), label(OTHER_BOB)]).toEqual(['bob', label2])
    news.met(AS_ROB)
    expect([label(AS_ROB), label(OTHER_BOB)]).toEqual(['rob', label2])
    news.met(BOB)
    expect([label(BOB), label(OTHER_BOB)]).toEqual(['bob', label2])
    expect(notices).toEqual([])
  })

  test('is not for a newcomer, nor for a contact that takes it', async () => {
    const { news, notices, label } = await start([BOB, ROBERT])
    news.met(AS_ROB)
    news.met(OTHER_BOB)
    news.met({ ...ROBERT, name: 'bob' })
    expect([label(OTHER_BOB), label({ ...ROBERT, name: 'bob' })]).toEqual([label2, 'robert'])
    expect(notices).toHaveLength(1)
  })

  test('means both people, so that the user is asked', async () => {
    const { news, directory } = await start([BOB, OTHER_BOB])
    news.met(AS_ROB)
    expect(() => directory.find('bob')).toThrow(`there is more than one bob: say rob or ${label2}`)
  })

  test('means its owner alone where there is no other', async () => {
    const { news, directory } = await start([BOB])
    news.met(AS_ROB)
    expect(directory.find('bob').key).toBe(BOB.key)
  })

  test('that it only called itself was never its own', async () => {
    const { news, label } = await start([BOB, ROBERT])
    news.met({ ...ROBERT, name: 'bob' })
    news.met({ ...ROBERT, name: 'rob' })
    news.met(AS_ROB)
    news.met(BOB)
    expect(label(BOB)).toBe('bob')
  })
})

describe('a line in the history', () => {
  test('has the words that it had, after /accept and after another name', async () => {
    const { news, store, label } = await start([BOB, ROBERT])
    const lines = (): string[] => {
      const formerNames = store.formerNames.of(ROBERT.key)
      return renamesOf({ name: label(store.person(ROBERT.key) ?? ROBERT), formerNames }).map(renameWords)
    }
    news.met({ ...ROBERT, name: 'bob' })
    const [stays = ''] = lines()
    expect(stays).toMatch(/^robert calls itself bob now, .* it stays robert here$/)
    expect(news.accept(ROBERT.key)).toBe(true)
    expect(news.accept(ROBERT.key)).toBe(false)
    const labelled = `bob·${shortId(ROBERT.key)}`
    expect(lines()).toEqual([stays, `robert is now ${labelled}`])
    news.met({ ...ROBERT, name: 'rob' })
    expect(lines()).toEqual([stays, `${labelled} is now rob`])
  })
})

/** What bob's user sees: the step of alice, the lines, and what alice is called then. */
const STAYS = 'which is the name of another person: it stays'
describe('step by step', () => {
  const [CAROL, ALICE] = [keyed(7, 'carol'), keyed(8, 'zoe')]
  const short = shortId(ALICE.key)

  test.each<
    [what: string, own: string, steps: readonly (readonly [name: string, line: string, label: string])[]]
  >([
    [
      'to the name of another, to a free one and back',
      'bob',
      [
        [
          'carol',
          `zoe calls itself carol now, ${STAYS} zoe here. /accept zoe calls it carol·${short}`,
          'zoe',
        ],
        ['c4rol', 'zoe is now c4rol', 'c4rol'],
        ['zoe', 'c4rol is now zoe', 'zoe'],
      ],
    ],
    [
      'to the names of two others and to the name that it has here',
      'b0b',
      [
        [
          'carol',
          `zoe calls itself carol now, ${STAYS} zoe here. /accept zoe calls it carol·${short}`,
          'zoe',
        ],
        [
          'CAROL',
          `zoe calls itself CAROL now, ${STAYS} zoe here. /accept zoe calls it CAROL·${short}`,
          'zoe',
        ],
        ['zoe', 'zoe calls itself zoe again', 'zoe'],
      ],
    ],
    [
      'to the name of the user',
      'alice',
      [
        ['alice', `zoe is now alice·${short}`, `alice·${short}`],
        ['alicia', `alice·${short} is now alicia`, 'alicia'],
      ],
    ],
  ])('%s', async (_what, own, steps) => {
    const lines: string[] = []
    const known = await knowing([CAROL, ALICE], [CAROL, ALICE])
    known.self.rename(own)
    const { labels, store, presence } = known
    const emit = (event: ChatEvent): void => {
      const shown = labels.event(event)
      if (shown.kind === 'notice') lines.push(shown.text)
      if (shown.kind === 'renamed')
        lines.push(
          renameWords({ before: shown.before, after: labelOf(shown.peer), claimed: shown.peer.name }),
        )
    }
    const [clock, events] = [new ManualClock(), emitting(emit)]
    const verification = new Verification({ ...known, clock, events })
    const news = new NameNews({ ...known, clock, events, verification })
    for (const [name, line, label] of steps) {
      const before = presence.get(ALICE.key)?.name ?? ''
      const peer = { ...ALICE, name }
      clock.advanceSync(1)
      news.met(peer)
      presence.add('tracker', peer, 'general', 100)
      if (store.calledHere(ALICE.key) === undefined) emit({ kind: 'renamed', peer, before })
      expect([lines.splice(0), labelOf(labels.shown(peer))]).toEqual([[line], label])
    }
    expect(labelOf(labels.shown(CAROL))).toBe('carol')
  })

  test('a verified one that takes the name of another is named as it is shown', async () => {
    const { news, notices, verification } = await start([CAROL, ALICE])
    verification.verify(ALICE)
    news.met({ ...ALICE, name: 'carol' })
    expect(notices[1]).toBe(
      'WARNING: zoe, verified by you, calls itself carol now, stays zoe here, and is no longer verified: compare again with /verify',
    )
  })
})

describe('another key with the name of a person', () => {
  const [known, other] = [shortId(BOB.key), shortId(OTHER_BOB.key)]

  test.each<[what: string, here: readonly Peer[], isVerified: boolean, was: string]>([
    ['who is away', [], false, known],
    ['who is verified and here', [BOB], true, `${known}, which you verified`],
  ])('%s: a warning, once, with both keys', async (_what, here, isVerified, was) => {
    const { news, notices, verification } = await start([BOB], here)
    if (isVerified) verification.verify(BOB)
    news.met(OTHER_BOB)
    news.met(OTHER_BOB)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain(
      `WARNING: another key calls itself bob: that of the bob you know is ${was}, this one is ${other}.`,
    )
    expect(notices[0]).toContain(`/verify bob·${other}`)
  })

  test('who is here and not verified: two people, and no warning', async () => {
    const { news, notices } = await start([BOB], [BOB])
    news.met(OTHER_BOB)
    expect(notices).toEqual([])
  })
})

test('a newcomer whose name looks like that of a contact has its key beside it', async () => {
  const { news, label } = await start([BOB])
  const mimic = keyed(6, 'b0b')
  news.met(mimic)
  expect(label(mimic)).toBe(`b0b·${shortId(mimic.key)}`)
  expect(label(BOB)).toBe('bob')
})
