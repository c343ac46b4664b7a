/** Processes that die at random while they talk, for a few seconds (`npm run chaos` runs longer), and the checker. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { asContent } from '../../src/chat/content.ts'
import { check, isSettled, type Witness } from '../../scripts/chaos/checker.ts'
import { runChaos } from '../../scripts/chaos/run.ts'
import type { ChatEvent, Peer, Receipt } from '../../src/chat/model.ts'

test('ten seconds of chaos: nothing is lost, twice or out of order', async () => {
  const outcome = await runChaos({ seed: 7, seconds: 10, peers: 3, rate: 20 })
  const { lost, twice, outOfOrder, failed, unkept, complaints } = outcome
  expect({ lost, twice, outOfOrder, failed, unkept, complaints }).toEqual({
    lost: [],
    twice: [],
    outOfOrder: [],
    failed: [],
    unkept: [],
    complaints: [],
  })
  expect(outcome.said).toBeGreaterThan(100)
  expect([...outcome.faults.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3)
}, 300_000)

describe('the checker of chaos', () => {
  test('no findings when everything is shown, kept and in order', () => {
    expect(check([alice({}), bob({})])).toEqual({
      said: 2,
      direct: 1,
      due: 2,
      acknowledged: 2,
      shown: 2,
      keptOnly: 0,
      lost: [],
      twice: [],
      outOfOrder: [],
      failed: [],
      unkept: [],
    })
  })

  test.each<[what: string, witness: Witness, found: Partial<ReturnType<typeof check>>]>([
    [
      'shown nowhere',
      bob({ events: [heard('one', 1)], kept: [['one', 100]], history: [['one', 1]] }),
      { shown: 1, lost: ['bob was not shown "two": not there, though acknowledged'] },
    ],
    [
      'kept and not printed',
      bob({ events: [heard('one', 1)] }),
      { shown: 1, lost: ['bob was not shown "two": kept, but not printed, though acknowledged'] },
    ],
    [
      'kept and not printed, and killed a moment later',
      bob({ events: [heard('one', 1)], killedAt: 300 }),
      { shown: 2, keptOnly: 1, lost: [] },
    ],
    [
      'kept and not printed, and killed long after',
      bob({ events: [heard('one', 1)], killedAt: 60_000 }),
      { lost: ['bob was not shown "two": kept, but not printed, though acknowledged'] },
    ],
    [
      'printed twice',
      bob({ events: [heard('one', 1), heard('two', 2), heard('two', 2, { late: true })] }),
      { twice: ['bob printed "two" 2 times'] },
    ],
    [
      'printed in the wrong order',
      bob({ events: [heard('three', 3), heard('one', 1)] }),
      { outOfOrder: ['bob printed "one" (1) after "three" (3)'] },
    ],
    [
      'printed late',
      bob({ events: [heard('three', 3), heard('one', 1, { late: true })] }),
      { outOfOrder: [] },
    ],
    [
      'printed after another conversation',
      bob({ events: [heard('two', 2), heard('one', 1)] }),
      { outOfOrder: [] },
    ],
    [
      'printed without a number',
      bob({ events: [heard('one', 1), heard('two', undefined)] }),
      { outOfOrder: ['bob printed "two" without a number'] },
    ],
    [
      'remembered in the wrong order',
      bob({ history: [['two', 2], ['one', 1]] }), // prettier-ignore
      { outOfOrder: ['the history of bob has "one" (1) after "two" (2)'] },
    ],
    [
      'remembered twice',
      bob({ history: [['one', 1], ['one', 1]] }), // prettier-ignore
      { outOfOrder: ['the history of bob has "one" (1) after "one" (1)'] },
    ],
    [
      'printed and not kept',
      bob({ kept: [['one', 100]] }),
      { unkept: ['bob printed "two" and did not keep it'] },
    ],
    [
      'printed and kept, but not in the history',
      bob({ history: [] }),
      { unkept: ['bob printed "one" and does not tell it to others'] },
    ],
    [
      'printed as received from a third peer, acknowledged, and not in the history',
      bob({ events: [heard('one', 1, { hops: 1 })], history: [] }),
      { unkept: ['bob printed "one" and does not tell it to others'] },
    ],
  ])('%s', (_what, witness, found) => {
    expect(check([alice({}), witness])).toMatchObject(found)
  })

  test('a message from a third peer alone is not passed on', () => {
    const queued = [BOB]
    const witness = bob({ events: [heard('one', 1, { hops: 1 }), heard('two', 2)], history: [] })
    expect(check([alice({ queued }), witness])).toMatchObject({ acknowledged: 0, unkept: [] })
  })

  test('a message that its author lost when it was killed is not passed on', () => {
    const events = [heard('one', 1), heard('two', 2), heard('lost', 3)]
    const kept = [['one', 100], ['two', 200], ['lost', 300]] as const // prettier-ignore
    expect(check([alice({}), bob({ events, kept })])).toMatchObject({ said: 2, unkept: [] })
  })

  test(`of ${LIMITS.caughtUp} messages the newest half is told`, () => {
    const [numbers, half] = [
      Array.from({ length: LIMITS.caughtUp }, (_, index) => index),
      LIMITS.caughtUp / 2,
    ]
    const events = numbers.map((number) => heard(`line ${number}`, number))
    const kept = numbers.map((number) => [`line ${number}`, number] as const)
    const history = numbers.slice(half).map((number) => [`line ${number}`, number] as const)
    const teller = witness('alice', { events: events.map((each) => ({ ...each, own: true })), kept, history })
    expect(check([teller, bob({ events, kept, history })]).unkept).toEqual([])
    const told = history.slice(1)
    expect(check([teller, bob({ events, kept, history: told })]).unkept).toEqual([
      `bob printed "line ${half}" and does not tell it to others`,
    ])
  })

  test('given up by the sender', () => {
    const failed = [{ peer: BOB, reason: 'refused with 404' }]
    expect(check([alice({ failed }), bob({})])).toMatchObject({
      acknowledged: 1,
      failed: ['"two" did not get to bob: refused with 404'],
    })
  })
})

describe('a run of chaos has settled', () => {
  test.each<[when: string, witness: Witness, isIt: boolean]>([
    ['when all was shown, and is told to others', bob({}), true],
    ['not before all was shown', bob({ events: [heard('one', 1)], history: [['one', 1]] }), false],
    ['not before all is told to others', bob({ history: [['two', 2]] }), false],
  ])('%s', (_when, witness, isIt) => {
    expect(isSettled([alice({}), witness])).toBe(isIt)
  })
})

const ALICE: Peer = { ip: '127.0.0.1', port: 8001, name: 'alice' }
const BOB: Peer = { ip: '127.0.0.1', port: 8002, name: 'bob' }

interface Account {
  readonly events?: readonly ChatEvent[]
  readonly killedAt?: number
  readonly kept?: readonly (readonly [text: string, receivedAt: number])[]
  readonly history?: readonly (readonly [text: string, seq: number])[]
}

function witness(name: string, { events = [], killedAt, kept = [], history = [] }: Account): Witness {
  const end = killedAt === undefined ? 0 : 'SIGKILL'
  return {
    name,
    lives: [{ events: [...events], endedAt: killedAt ?? 100_000, end }],
    kept: kept.map(([text, receivedAt]) => ({ text, receivedAt })),
    history: history.map(([message, seq]) => ({ id: `a${seq}`, from: ALICE, seq, message })),
  }
}

/** Alice says "one" to the channel, where Bob is, and "two" to Bob; both are delivered. */
function alice({ failed = [], queued = [] }: Partial<Pick<Receipt, 'failed' | 'queued'>>): Witness {
  const receipt = { channel: 'general', recipients: 1, delivered: 1, unconfirmed: 0, failed: [], queued }
  return witness('alice', {
    events: [
      { ...heard('one', 1), own: true },
      { ...heard('two', 2), own: true, to: BOB },
      { kind: 'receipt', receipt: { ...receipt, messageId: 'a1' } },
      { kind: 'receipt', receipt: { ...receipt, messageId: 'a2', failed } },
    ],
    kept: [['one', 100], ['two', 200]], // prettier-ignore
    history: [['one', 1]], // prettier-ignore
  })
}

function bob({
  events = [heard('one', 1), heard('two', 2)],
  kept = [['one', 100], ['two', 200]], // prettier-ignore
  history = [['one', 1]], // prettier-ignore
  ...account
}: Account): Witness {
  return witness('bob', { events, kept, history, ...account })
}

function heard(
  text: string,
  seq: number | undefined,
  { late = false, hops = 0 } = {},
): Extract<ChatEvent, { kind: 'message' }> {
  const channel = text === 'two' ? 'private' : 'general'
  const message = { id: `a${seq ?? ''}`, from: ALICE, channel, content: asContent(text), sentAt: 100 }
  const numbered = seq === undefined ? message : { ...message, seq }
  return { kind: 'message', message: numbered, hops, at: 100, receivedAt: 100, late, own: false }
}
