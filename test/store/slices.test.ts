/** Slices: how long one is, and that other work is done between two. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { Slices } from '../../src/store/slices.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { ManualClock } from '../support/clock.ts'
import { startWeb } from '../peer/local-api/support.ts'
import { opened, said, texts } from './support.ts'
import { until } from '../support/wait.ts'

describe('a slice', () => {
  test('is over after 200 rows, where the clock stands still', () => {
    const slices = new Slices(new ManualClock(), () => Promise.resolve())
    expect(Array.from({ length: 200 }, () => slices.isOver()).indexOf(true)).toBe(199)
  })

  test('is over after 5 ms, and the next one begins anew', async () => {
    const clock = new ManualClock()
    const slices = new Slices(clock, () => Promise.resolve())
    clock.advanceSync(4)
    expect(slices.isOver()).toBe(false)
    clock.advanceSync(1)
    expect(slices.isOver()).toBe(true)
    await slices.next()
    expect(slices.isOver()).toBe(false)
  })
})

/** Pauses that end when they are told. */
class Pauses {
  count = 0
  #resume: (() => void) | undefined

  readonly pause = (): Promise<void> => {
    this.count += 1
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  /** Ends the one at hand. */
  end(): void {
    this.#resume?.()
  }

  /** Ends pauses until the promise is settled. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    const state = { isSettled: false }
    void promise.finally(() => (state.isSettled = true))
    while (!state.isSettled) {
      this.end()
      await Promise.resolve()
    }
    return promise
  }
}

describe('a search', () => {
  const TEXTS: [what: string, text: (index: number) => string][] = [
    ['Chinese', (index) => `${'今日は日本語中文'.repeat(20)}${index}`],
    ['Thai', (index) => `${'ภาษาไทย'.repeat(20)}${index}`],
    ['Korean', (index) => `${'한국어 '.repeat(30)}${index}`],
    ['emoji', (index) => `${'👍🎉'.repeat(60)}${index}`],
    ['words', (index) => `ab cd ef gh ij ${index}`],
  ]
  const QUERIES = ['中文', '本', 'a', 'ab cd ef gh ij', 'ไทย', '한', 'nothing', 'x'.repeat(2_000)]

  test.each(TEXTS)('reads 200 texts at most in one slice: %s', async (_what, text) => {
    const pauses = new Pauses()
    const { store, turns } = await opened({ pause: pauses.pause })
    for (let index = 0; index < 900; index++) store.add(said(`m${index}`, { text: text(index), at: index }))
    turns.end()
    for (const query of QUERIES) {
      const before = pauses.count
      await pauses.finish(store.search(query, 1_000))
      expect(pauses.count - before).toBeGreaterThanOrEqual(5)
    }
  })

  test('finds messages that arrive meanwhile, and copes with deleted ones', async () => {
    const pauses = new Pauses()
    const all = await opened({ pause: pauses.pause })
    for (let index = 0; index < 500; index++) all.store.add(said(`old ${index}`, { at: index }))
    all.turns.end()
    const search = all.store.search('old', 400)
    await until(() => pauses.count > 0, 'the search pauses')
    all.store.add(said('new old', { at: 1_000 }))
    all.turns.end()
    expect(await pauses.finish(search)).toHaveLength(400)
  })

  test('ends with its signal, and with the store', async () => {
    const pauses = new Pauses()
    const { store, turns } = await opened({ pause: pauses.pause })
    for (let index = 0; index < 900; index++) store.add(said(`m${index}`, { text: 'tea', at: index }))
    turns.end()
    const ending = new AbortController()
    const ended = store.search('tea', 900, { signal: ending.signal })
    await until(() => pauses.count > 0, 'the search pauses')
    ending.abort()
    expect(await pauses.finish(ended)).toEqual([])
    const closed = store.search('tea', 900)
    store.close()
    expect(await pauses.finish(closed)).toEqual([])
  })

  test('waits for the search before it, so that two are not one long slice', async () => {
    const pauses = new Pauses()
    const { store } = await opened({ pause: pauses.pause })
    for (let index = 0; index < 300; index++) store.add(said(`tea ${index}`, { at: index }))
    const first = store.search('tea', 1)
    const second = store.search('tea', 2)
    await until(() => pauses.count > 0, 'the first pauses')
    expect(pauses.count).toBe(1)
    expect(texts(await pauses.finish(first))).toEqual(['tea 299'])
    expect(await pauses.finish(second)).toHaveLength(2)
  })

  test('over HTTP: other requests are answered before it ends', async () => {
    const pauses = new Pauses()
    const store = await openStore({
      ...{ path: ':memory:', clock: new ManualClock(), random: Math.random, defer: setImmediate },
      ...{ keepHistory: true, pause: pauses.pause },
    })
    onTestFinished(() => {
      store.close()
    })
    const alice = await startWeb({ name: 'alice', store })
    for (let index = 0; index < 500; index++) store.add(said(`tea ${index}`, { at: index }))
    const searching = alice.ask('GET', '/api/search?words=tea&limit=200')
    await until(() => pauses.count > 0, 'the search pauses')
    expect((await alice.ask('GET', '/healthz')).status).toBe(200)
    expect((await alice.ask('GET', '/api/messages?conversation=general&limit=1')).status).toBe(200)
    let isAnswered = false
    void searching.finally(() => (isAnswered = true))
    await until(() => {
      pauses.end()
      return isAnswered
    }, 'the search is answered')
    expect((await searching).json['messages']).toHaveLength(200)
  })

  test('over HTTP: a newer one of the same client ends it, one of another client does not', async () => {
    const pauses = new Pauses()
    const store = await openStore({
      ...{ path: ':memory:', clock: new ManualClock(), random: Math.random, defer: setImmediate },
      ...{ keepHistory: true, pause: pauses.pause },
    })
    const alice = await startWeb({ name: 'alice', store })
    for (let index = 0; index < 500; index++) store.add(said(`tea ${index}`, { at: index }))
    let asked = 0
    const search = store.search.bind(store)
    store.search = (...wanted) => {
      asked += 1
      return search(...wanted)
    }
    const ask = (client: string) => alice.ask('GET', `/api/search?words=tea&limit=200&client=${client}`)
    const first = ask('a')
    await until(() => pauses.count > 0, 'the first pauses')
    const all = Promise.all([first, ask('b'), ask('a')])
    await until(() => asked === 3, 'all have come')
    let isAnswered = false
    void all.finally(() => (isAnswered = true))
    await until(() => {
      pauses.end()
      return isAnswered
    }, 'all are answered')
    const [ended, other, newer] = await all
    expect(ended).toMatchObject({ status: 409, json: { error: 'superseded' } })
    expect([other.status, newer.status]).toEqual([200, 200])
  })
})
