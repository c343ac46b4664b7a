import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Interrupted, ExpectationError, type Played } from '../../../src/cli/demo/model.ts'
import type { Scenario } from '../../../src/cli/demo/act.ts'
import { run } from '../../../src/cli/demo/run.ts'
import { Processes } from '../../../src/cli/demo/processes.ts'
import { DemoRunner } from '../../../src/cli/demo/runner.ts'
import { plain } from '../../../src/cli/terminal/style.ts'

let interruption: AbortController
let processes: Processes
let stage: DemoRunner
let heard: string[]

beforeEach(async () => {
  interruption = new AbortController()
  processes = await Processes.prepare(interruption.signal)
  stage = new DemoRunner(processes, interruption.signal)
  heard = []
})

afterEach(async () => {
  stage.close()
  await processes.close()
})

function playAll(...acts: readonly Scenario['run'][]): Promise<Played[]> {
  return run(
    acts.map((run, index) => ({ title: `act ${index + 1}`, wire: '', run })),
    stage,
    {
      style: plain,
      begins: ({ title }) => void heard.push(`${title} begins`),
      ended: ({ title, checks }) =>
        void heard.push(`${title}: ${checks.map(({ passed }) => (passed ? '✓' : '✗')).join('')}`),
      pause: () => {
        heard.push('pause')
        return Promise.resolve()
      },
    },
  )
}

describe('play', () => {
  test('one act after the other, with a pause between two', async () => {
    await playAll(
      (on) => on.happens('it is so', Promise.resolve()),
      (on) => {
        on.holds('it is so', true, 'it is not')
        return Promise.resolve()
      },
    )
    expect(heard).toEqual(['act 1 begins', 'act 1: ✓', 'pause', 'act 2 begins', 'act 2: ✓'])
  })

  test('what does not happen is named, ends its act, and the next is played', async () => {
    const [first, second] = await playAll(
      async (on) => {
        await on.happens('bob sees it', Promise.reject(new ExpectationError('bob: no "hello"')))
        await on.happens('never reached', Promise.resolve())
      },
      (on) => on.happens('it is so', Promise.resolve()),
    )
    expect(first?.checks).toEqual([{ expected: 'bob sees it', passed: false, missing: 'bob: no "hello"' }])
    expect(second?.checks).toMatchObject([{ passed: true }])
  })

  test('a mistake of the act itself is a failed check', async () => {
    const [first] = await playAll((on) => {
      on.holds('it is so', true, '')
      throw new Error('a mistake')
    })
    expect(first?.checks).toMatchObject([
      { passed: true },
      { expected: 'the act can be played', passed: false, missing: 'a mistake' },
    ])
  })

  test('who was never started cannot say anything', async () => {
    const [first] = await playAll((on) => on.happens('bob sees it', on.say('alice', 'hello', ['bob'])))
    expect(first?.checks).toMatchObject([{ passed: false, missing: 'alice was not started' }])
  })

  test('the checks of one act are not those of the next', async () => {
    const run: Scenario['run'] = (on) => on.happens('it is so', Promise.resolve())
    expect((await playAll(run, run, run)).map(({ checks }) => checks.length)).toEqual([1, 1, 1])
  })

  test('after an interruption nothing more is played', async () => {
    const playing = playAll(
      async (on) => {
        interruption.abort()
        await on.happens('never', Promise.reject(new ExpectationError('interrupted')))
      },
      () => Promise.resolve(),
    )
    await expect(playing).rejects.toThrow(Interrupted)
    expect(heard).toEqual(['act 1 begins'])
  })
})
