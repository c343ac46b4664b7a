import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DemoRunner, ExpectationError, type Scenario } from '../../../src/cli/demo/runner.ts'
import { Participants } from '../../../src/cli/participants/participants.ts'
import { Interrupted } from '../../../src/cli/participants/with-participants.ts'
import { plain } from '../../../src/cli/terminal/style.ts'
import { EventReader } from '../../support/event-reader.ts'
import { startTracker } from '../../support/trackers.ts'
import type { ScenarioResult } from '../../../src/cli/demo/model.ts'

let interruption: AbortController
let peers: Participants
let runner: DemoRunner
let reported: string[]

beforeEach(async () => {
  interruption = new AbortController()
  peers = await Participants.prepare(interruption.signal)
  runner = new DemoRunner(peers)
  reported = []
})

afterEach(async () => {
  runner.close()
  await peers.close()
})

function runAll(...scenarios: readonly Scenario['run'][]): Promise<ScenarioResult[]> {
  return runner.runAll(
    scenarios.map((run, index) => ({ title: `scenario ${index + 1}`, wire: '', run })),
    {
      style: plain,
      begins: ({ title }) => void reported.push(`${title} begins`),
      ended: ({ title, checks }) =>
        void reported.push(`${title}: ${checks.map(({ passed }) => (passed ? '✓' : '✗')).join('')}`),
      pause: () => {
        reported.push('pause')
        return Promise.resolve()
      },
    },
  )
}

describe('runAll', () => {
  test('runs one scenario after the other, with a pause between two', async () => {
    await runAll(
      (demo) => demo.expectEvent('it happens', Promise.resolve()),
      (demo) => {
        demo.expect('it holds', true, 'it does not')
        return Promise.resolve()
      },
    )
    expect(reported).toEqual([
      'scenario 1 begins',
      'scenario 1: ✓',
      'pause',
      'scenario 2 begins',
      'scenario 2: ✓',
    ])
  })

  test('a missing event is named and ends its scenario; the next one runs', async () => {
    const [first, second] = await runAll(
      async (demo) => {
        await demo.expectEvent('bob sees it', Promise.reject(new Error('bob: no "hello"')))
        await demo.expectEvent('never reached', Promise.resolve())
      },
      (demo) => demo.expectEvent('it happens', Promise.resolve()),
    )
    expect(first?.checks).toEqual([{ expected: 'bob sees it', passed: false, missing: 'bob: no "hello"' }])
    expect(second?.checks).toMatchObject([{ passed: true }])
  })

  test('an error of the scenario itself is a failed check', async () => {
    const [first] = await runAll((demo) => {
      demo.expect('it holds', true, '')
      throw new Error('a mistake')
    })
    expect(first?.checks).toMatchObject([
      { passed: true },
      { expected: 'the act can be played', passed: false, missing: 'a mistake' },
    ])
  })

  test('a peer that was never started cannot say anything', async () => {
    const [first] = await runAll((demo) =>
      demo.expectEvent('bob sees it', demo.say('alice', 'hello', ['bob'])),
    )
    expect(first?.checks).toMatchObject([{ passed: false, missing: 'alice was not started' }])
  })

  test('each scenario begins without checks', async () => {
    const run: Scenario['run'] = (demo) => demo.expectEvent('it happens', Promise.resolve())
    expect((await runAll(run, run, run)).map(({ checks }) => checks.length)).toEqual([1, 1, 1])
  })

  test('an interruption ends it: no further scenario runs', async () => {
    const running = runAll(
      async (demo) => {
        interruption.abort(new Interrupted('interrupted'))
        await demo.expectEvent('never', Promise.reject(new ExpectationError('interrupted')))
      },
      () => Promise.resolve(),
    )
    await expect(running).rejects.toThrow(Interrupted)
    expect(reported).toEqual(['scenario 1 begins'])
  })
})

describe('followed', () => {
  test('waits for the peers to open their feeds, and says how many did', async () => {
    const { host, port } = peers.tracker
    await using running = await startTracker({ host, port })
    expect(running.port).toBe(port)
    peers.patience = 100
    await expect(runner.followed(1)).rejects.toThrow('0 of 1 peers follow the tracker')
    peers.patience = 10_000
    const followed = runner.followed(1)
    const feed = await EventReader.open(`http://${host}:${port}/events?channel=general`)
    await followed
    feed.close()
  })
})
