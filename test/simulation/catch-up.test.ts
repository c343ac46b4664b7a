/** After a partition each side has what the other said meanwhile, although none of it was sent to a peer that was away. */
import { expect, test } from 'vitest'
import { textOf } from '../../src/chat/content.ts'
import { traceOf } from './trace.ts'
import { World } from './world.ts'
import type { Scenario } from './scenario.ts'

/** Virtual milliseconds. */
const CUT = { at: 20_000, ms: 90_000 }
const SAID_AT = 100_000
const QUIET = 120_000

/** Alice and Bob on two machines that are cut off from each other for longer than any lease lasts. */
function partition(tracker: number | undefined, isOneWay: boolean): Scenario {
  const user = (name: string, machine: number) => {
    const ways = { usesTracker: tracker !== undefined, usesLan: tracker === undefined }
    return { name, machine, port: 8_001 + machine, ...ways }
  }
  const cut = { kind: 'cut', from: [0], to: [1], isOneWay, ms: CUT.ms } as const
  return {
    machines: ['pc1', 'pc2'].map((name, index) => ({
      name,
      ip: `192.168.1.${index + 11}`,
      offset: 0,
      rate: 1,
    })),
    users: [user('alice', 0), user('bob', 1)],
    tracker,
    conditions: { loss: 0, duplication: 0, leastDelay: 0.2, mostDelay: 1, breaks: 0, maxSegment: Infinity },
    steps: [
      { at: 0, action: { kind: 'start', who: 'alice' } },
      { at: 1_000, action: { kind: 'start', who: 'bob' } },
      { at: CUT.at, action: cut },
      { at: SAID_AT, action: { kind: 'say', who: 'alice', channel: 'general', text: 'of alice' } },
      { at: SAID_AT, action: { kind: 'say', who: 'bob', channel: 'general', text: 'of bob' } },
    ],
    healsAt: CUT.at + CUT.ms,
    lastEnd: undefined,
  }
}

test.each<[string, tracker: number | undefined, isOneWay: boolean]>([
  ['on a LAN', undefined, false],
  ['on a LAN, in one direction', undefined, true],
  ['from the tracker, which is with Alice', 0, false],
])('a partition %s', async (_name, tracker, isOneWay) => {
  const scenario = partition(tracker, isOneWay)
  const world = new World(scenario, 1)
  const { time, log } = world
  world.startTracker()
  for (const { at, action } of scenario.steps)
    time.after(at, () => {
      world.perform(action)
    })
  await time.runUntil(scenario.healsAt)
  // In one direction Alice still hears Bob. Without an answer from the tracker Bob goes by its last list.
  const lost = log.said.filter(({ to }) => to.length === 0).map(({ by }) => by)
  expect(lost).toEqual(isOneWay ? ['bob'] : tracker === undefined ? ['alice', 'bob'] : ['alice'])
  await time.runUntil(scenario.healsAt + QUIET)
  world.stop()
  await time.runUntil(time.now)
  const { kept } = await traceOf(world)
  const texts = kept.map(({ conversations }) =>
    (conversations.get('general') ?? []).map(({ message }) => textOf(message.content)).sort(),
  )
  expect([texts, log.errors]).toEqual([Array(2).fill(['of alice', 'of bob']), []])
})
