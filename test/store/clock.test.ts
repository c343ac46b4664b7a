/** A store whose clock leaps, at a start and while it runs: nothing is deleted, nothing fails, the order stays. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { addressKey } from '../../src/chat/model.ts'
import { momentOf, type Dated } from '../../src/chat/moment.ts'
import { ManualClock } from '../support/clock.ts'
import { BOB, CAROL, everything, opened, own, said, texts, type Opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const LEAPS: [name: string, ms: number][] = [
  ['an hour ahead', HOUR],
  ['25 hours ahead', 25 * HOUR],
  ['400 days ahead', 400 * DAY],
  ['20 years ahead', 20 * YEAR],
  ['an hour behind', -HOUR],
  ['25 hours behind', -25 * HOUR],
  ['400 days behind', -400 * DAY],
  ['20 years behind', -20 * YEAR],
]

/** The shortest time that the store waits for anything: in days a look at its file every second is left out. */
let leastPause = 0

/** One start of a program: `offset`, how wrong its clock is, in milliseconds. The true time goes on between starts. */
class Machine {
  readonly path = join(temporaryDirectory(), 'parley.db')
  #passed = 0

  async start(offset: number): Promise<Opened> {
    const clock = new ManualClock()
    clock.advanceSync(this.#passed)
    clock.set(offset)
    // A program counts from what its clock showed when it began.
    const begun = clock.wall() - clock.now()
    const seen = {
      now: () => clock.now() + begun,
      wall: () => clock.wall(),
      after: (ms: number, task: () => void) => clock.after(Math.max(ms, leastPause), task),
    }
    const all = await opened({ path: this.path, clock: seen })
    return { ...all, clock }
  }

  stop({ store, clock }: Opened, ms = 0): void {
    store.close()
    const start = new ManualClock().now()
    this.#passed = clock.now() - start + ms
  }
}

/** Something that happens now; a millisecond later it is over. */
function moment({ store, clock }: Opened, age = 0): Dated {
  const dated = momentOf({ now: () => store.now(), wall: () => clock.wall() }, age)
  clock.advanceSync(1)
  return dated
}

/** Says something now. */
function say(all: Opened, id: string, seq?: number): void {
  const from = seq === undefined ? {} : { from: CAROL, seq }
  all.store.add({ ...said(id, from), ...moment(all) })
}

function waits(all: Opened, id: string, seq: number): void {
  const entry = { ...own(id, { seq }), ...moment(all) }
  all.store.add(entry, [BOB])
}

/** What is done in the background, for `ms` milliseconds in steps. */
function run({ clock, turns }: Opened, ms: number, step = 20): void {
  leastPause = step < HOUR ? 0 : step
  for (let passed = 0; passed < ms; passed += step) {
    clock.advanceSync(step)
    turns.end()
  }
  leastPause = 0
}

function shown({ store }: Opened): string[] {
  return texts(everything(store))
}

test.each(LEAPS)(
  '%s at a start: what was said just before it stands where its sender said it',
  async (_name, ms) => {
    const machine = new Machine()
    const first = await machine.start(0)
    say(first, 'one', 1)
    say(first, 'three', 3)
    machine.stop(first, 200)
    const second = await machine.start(ms)
    const entry = { ...said('two', { from: CAROL, seq: 2 }), ...moment(second, 6_000) }
    second.store.add(entry)
    expect(shown(second)).toEqual(['one', 'two', 'three'])
    machine.stop(second)
  },
)

describe('a start with a wrong clock', () => {
  test.each(LEAPS)(
    '%s deletes nothing and keeps the order, also when it is right again',
    async (_name, ms) => {
      const machine = new Machine()
      const first = await machine.start(0)
      for (const [index, id] of ['a', 'b', 'c'].entries()) say(first, id, index + 1)
      run(first, 200)
      machine.stop(first, 5 * HOUR)

      const wrong = await machine.start(ms)
      run(wrong, 2_000)
      expect(shown(wrong)).toEqual(['a', 'b', 'c'])
      say(wrong, 'd', 4)
      say(wrong, 'e')
      run(wrong, 3 * DAY, HOUR)
      expect(shown(wrong)).toEqual(['a', 'b', 'c', 'd', 'e'])
      machine.stop(wrong, 5 * HOUR)

      const right = await machine.start(0)
      run(right, 2_000)
      say(right, 'f', 5)
      say(right, 'g')
      run(right, 3 * DAY, HOUR)
      expect(shown(right)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      const newest = right.store.page('general', 1).entries[0]
      expect(newest?.receivedAt, 'the date that is shown is that of the clock').toBeCloseTo(
        right.clock.wall() - 3 * DAY,
        -4,
      )
    },
  )

  test.each(LEAPS)('%s lets messages wait on', async (_name, ms) => {
    const machine = new Machine()
    const first = await machine.start(0)
    waits(first, 'm1', 1)
    run(first, 10 * HOUR, HOUR)
    machine.stop(first, HOUR)
    const wrong = await machine.start(ms)
    const [waiting] = wrong.store.unsettled()
    expect(waiting).toMatchObject({ waiting: [BOB], failed: [] })
    expect(wrong.store.now() - (waiting?.queuedAt ?? NaN)).toBeCloseTo(10 * HOUR, -3)
    waits(wrong, 'm2', 2)
    run(wrong, 10 * HOUR, HOUR)
    machine.stop(wrong, HOUR)
    const right = await machine.start(0)
    run(right, 2_000)
    const left = right.store
      .unsettled()
      .map(({ queuedAt }) => Math.round((right.store.now() - queuedAt) / HOUR))
    expect(left).toEqual([20, 10])
  })

  test('in 2000, without a battery, with a new file: messages wait, and stay', async () => {
    const machine = new Machine()
    const board = await machine.start(-26 * YEAR)
    waits(board, 'waits for dave', 1)
    say(board, 'hello')
    run(board, 60_000, 1_000)
    machine.stop(board, HOUR)
    const right = await machine.start(0)
    run(right, 30 * DAY, HOUR)
    expect(shown(right)).toEqual(['waits for dave', 'hello'])
    expect(right.store.unsettled()).toMatchObject([{ waiting: [BOB], failed: [] }])
  })

  test('no leap makes failed messages forgotten', async () => {
    const machine = new Machine()
    const first = await machine.start(0)
    waits(first, 'm1', 1)
    first.store.failed('m1', addressKey(BOB), 'gone')
    machine.stop(first)
    const wrong = await machine.start(400 * DAY)
    run(wrong, 2_000)
    expect(wrong.store.unsettled()).toMatchObject([{ failed: [{ reason: 'gone' }] }])
  })

  test('a message waits as long as it was tried, even if the process is killed again and again', async () => {
    const machine = new Machine()
    const first = await machine.start(0)
    waits(first, 'm1', 1)
    machine.stop(first, 20 * HOUR)
    for (let start = 0; start < 5; start++) {
      const again = await machine.start(0)
      const [message] = again.store.unsettled()
      expect(again.store.now() - (message?.queuedAt ?? NaN)).toBeLessThan(HOUR)
      again.turns.end()
      machine.stop(again, 20 * HOUR)
    }
  })
})

describe('a start with a clock that is 25 hours ahead', () => {
  test('does not delete messages that will be a year old tomorrow', async () => {
    const machine = new Machine()
    const first = await machine.start(0)
    say(first, 'nearly a year old')
    run(first, TIMES.retention - DAY, DAY)
    machine.stop(first)
    const wrong = await machine.start(25 * HOUR)
    run(wrong, 20_000, 1_000)
    machine.stop(wrong)
    const right = await machine.start(0)
    run(right, 20_000, 1_000)
    expect(shown(right)).toEqual(['nearly a year old'])
  })
})

describe('a machine that was off for a month', () => {
  test('trusts its clock: messages older than a year are deleted, the others stay', async () => {
    const machine = new Machine()
    const first = await machine.start(0)
    say(first, 'old')
    run(first, 340 * DAY, DAY)
    say(first, 'new')
    machine.stop(first, 30 * DAY)
    const back = await machine.start(0)
    expect(back.store.now()).toBe(back.clock.wall())
    run(back, 2_000)
    expect(shown(back), 'the clock may be wrong').toEqual(['old', 'new'])
    run(back, 2 * DAY, HOUR)
    expect(shown(back)).toEqual(['new'])
  })
})

describe('a clock that leaps while it runs', () => {
  test.each(LEAPS)('%s deletes nothing, and moves no message', async (_name, ms) => {
    const all = await opened()
    say(all, 'a', 1)
    waits(all, 'w', 2)
    const begun = all.store.now()
    all.clock.set(ms)
    run(all, 90_000, 1_000)
    say(all, 'b', 2)
    say(all, 'c')
    run(all, 2 * HOUR, 60_000)
    all.clock.set(0)
    say(all, 'd', 3)
    say(all, 'e')
    run(all, 2 * HOUR, 60_000)
    expect(shown(all)).toEqual(['a', 'w', 'b', 'c', 'd', 'e'])
    expect(all.store.now() - begun).toBe(4 * HOUR + 90_004)
    expect(all.store.unsettled()).toMatchObject([{ queuedAt: begun, saidAt: begun - 1 }])
    expect(all.store.since('general', all.store.now() - 5 * HOUR, 10)).toHaveLength(6)
    expect(all.store.since('general', all.store.now() - 3 * HOUR, 10)).toHaveLength(2)
  })

  test('each message has the date that the clock showed', async () => {
    const all = await opened()
    const dates: number[] = []
    for (const [index, ms] of [0, 2 * YEAR, -YEAR, 0].entries()) {
      all.clock.set(ms)
      run(all, 60_000, 1_000)
      dates.push(all.clock.wall())
      say(all, `m${index}`)
    }
    expect(everything(all.store).map(({ at }) => at)).toEqual(dates)
    all.store.add({ ...said('late'), ...moment(all, 90_000) })
    expect(shown(all)).toEqual(['m0', 'm1', 'late', 'm2', 'm3'])
  })

  test('pages before, after and around a place follow the order', async () => {
    const all = await opened()
    for (const [index, ms] of [0, 2 * YEAR, 0, -YEAR, 0].entries()) {
      all.clock.set(ms)
      run(all, 60_000, 1_000)
      say(all, `m${index}`)
    }
    const { before } = all.store.page('general', 2)
    expect(texts(all.store.page('general', 2, before).entries)).toEqual(['m1', 'm2'])
    expect(texts(all.store.pageAround('general', 2, all.store.now() - 150_000).entries)).toEqual(['m1', 'm2'])
    expect(all.store.lastAt('general')).toBe(all.store.now() - 1)
  })
})

describe('the age that a message claims', () => {
  test('deletes nothing: the message is kept for a year from its arrival', async () => {
    const all = await opened()
    const now = all.store.now()
    all.store.add({ ...said('m1'), at: now - TIMES.longestWait, receivedAt: now })
    all.store.add({ ...said('m2'), at: now - TIMES.retention - DAY, receivedAt: now })
    run(all, 3 * HOUR, 60_000)
    expect(shown(all)).toEqual(['m2', 'm1'])
    run(all, TIMES.retention + DAY, DAY)
    expect(shown(all)).toEqual([])
  })

  test('moves no copy that is kept already', async () => {
    const all = await opened()
    const now = all.store.now()
    for (const [id, age] of [
      ['a', 0],
      ['b', 0],
      ['b', 300 * DAY],
      ['a', 5 * HOUR],
    ] as const)
      all.store.add({ ...said(id), at: now - age, receivedAt: now })
    expect(everything(all.store).map(({ at }) => at)).toEqual([now, now])
    expect(shown(all)).toEqual(['a', 'b'])
  })
})
