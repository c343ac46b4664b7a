/**
 * The store with a long history: how fast it opens, shows, searches and keeps. Exits with 1 when over a goal.
 *
 *   npm run bench:history -- [--count 1000000] [--file history.db] [--fresh]
 *
 * The file is filled when it is not there, which takes some minutes, and used again by the next run.
 */
import { rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IdleClock } from './history-clock.ts'
import { CHARACTERS, CONVERSATIONS, DIFFERENT_WORDS, entry, word } from './history-entries.ts'
import { percentileCells } from './harness/measurements.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { figure } from './harness/table.ts'
import { median } from '../../src/cli/bench/distribution.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Clock } from '../../src/chat/clock.ts'
import type { Store } from '../../src/store/store.ts'

/** A month ago, in Unix milliseconds: what is older than a year is deleted. */
const BEGINNING = Date.now() - 30 * 24 * 3_600_000
/** The most common word that is long, so that no short cut for short words helps. */
const COMMON = word(6)
/** A word of few messages. */
const RARE = word(DIFFERENT_WORDS - 2)

type HistoryBench = Bench<'count', 'file', 'fresh'>
/** Operations with the milliseconds of each repetition. */
type Timed = readonly (readonly [what: string, samples: readonly number[]])[]

export default scenario({
  title: 'A long history',
  numbers: { count: [1_000_000, 2_000] },
  texts: { file: '' },
  flags: ['fresh'],
  required: ['history-open', 'history-page', 'history-search'],
  run: async (bench) => {
    const { numbers, texts, flags, quick } = bench
    const path = texts.file === '' ? join(tmpdir(), `parley-history-${numbers.count}.db`) : texts.file
    if (flags.fresh) for (const suffix of ['', '-wal']) rmSync(`${path}${suffix}`, { force: true })
    const notes = await fill(path, bench)
    bench.progress('measuring')
    const opened = await repeated(quick ? 1 : 5, async () => {
      ;(await open(path)).close()
    })
    const store = await open(path)
    const pages = await pageTimes(store, bench)
    const searches = await searchTimes(store, quick ? 2 : 15)
    const kept = [1, 100].map((perTurn) => [
      perTurn,
      microsecondsToKeep(store, numbers.count, quick ? 200 : 10_000, perTurn),
    ])
    store.close()
    const { size } = statSync(path)
    if (quick) rmSync(path, { force: true })
    const slowest = (timed: Timed): number => Math.max(...timed.map(([, samples]) => median(samples)))
    return {
      about: [
        `${numbers.count} messages of ${CHARACTERS} characters in ${CONVERSATIONS.length} conversations, words as often as in a language; ${figure(size / 1e6)} MB on disk.`,
      ],
      tables: [
        {
          title: 'In ms',
          columns: ['', 'p50', 'p99', 'max'],
          rows: [['open', opened] as const, ...pages, ...searches].map(([what, samples]) => {
            const [p50 = NaN, , p99 = NaN, max = NaN] = percentileCells(samples)
            return [what, p50, p99, max]
          }),
        },
        { title: 'Kept and committed', columns: ['messages in one turn', 'µs a message'], rows: kept },
      ],
      goals: {
        'history-open': median(opened),
        'history-page': slowest(pages),
        'history-search': slowest(searches),
      },
      notes,
    }
  },
})

// --- what is measured -------------------------------------------------------------------------------

/** Milliseconds of each time; the first, which reads the disk, counts as one. */
async function repeated(times: number, task: () => unknown): Promise<number[]> {
  const samples: number[] = []
  for (let time = 0; time < times; time++) {
    const begin = performance.now()
    await task()
    samples.push(performance.now() - begin)
  }
  return samples
}

async function pageTimes(store: Store, { quick, numbers }: HistoryBench): Promise<Timed> {
  let middle: string | undefined
  for (let page = 0; page < Math.min(200, numbers.count / 8_000); page++)
    middle = store.page('general', 1_000, middle).before
  const show = (before?: string): Promise<number[]> =>
    repeated(quick ? 2 : 100, () => {
      atLeast(50, store.page('general', 50, before).entries.length)
    })
  return [
    ['last page of 50', await show()],
    ['page of 50 in the middle', await show(middle)],
  ]
}

async function searchTimes(store: Store, times: number): Promise<Timed> {
  /** With how many messages must be found: a short history may lack rare words. */
  const searches: readonly (readonly [string, words: string, atLeast: number, conversation?: string])[] = [
    ['a common word', COMMON, 50],
    ['a rare word', RARE, 0],
    ['a common and a rare word', `${COMMON} ${RARE}`, 0],
    ['two common words', `${COMMON} ${word(9)}`, 1],
    ['one letter', 'e', 50],
    ['a word that nobody said', 'xylophonist', 0],
    ['a rare word in one conversation', RARE, 0, 'ops'],
  ]
  const timed: (readonly [string, number[]])[] = []
  for (const [what, words, wanted, conversation] of searches) {
    const samples = await repeated(times, async () => {
      atLeast(wanted, (await store.search(words, 50, { conversation })).length)
    })
    timed.push([`search of ${what}`, samples])
  }
  return timed
}

function atLeast(wanted: number, found: number): void {
  if (found < wanted) throw new Error(`${found} messages were found, not ${wanted}`)
}

/** Microseconds a message, with so many in one turn of the event loop. */
function microsecondsToKeep(store: Store, filled: number, count: number, perTurn: number): number {
  const first = Number(store.setting('next') ?? String(filled))
  store.set('next', String(first + count))
  const begin = performance.now()
  for (let index = 0; index < count; index++) {
    store.add(entry(first + index, BEGINNING))
    if ((index + 1) % perTurn === 0) endTurn()
  }
  endTurn()
  return ((performance.now() - begin) * 1000) / count
}

// --- the history ------------------------------------------------------------------------------------

/** Goes on where an earlier run stopped. Resolves to a note about it. */
async function fill(path: string, bench: HistoryBench): Promise<string[]> {
  const { count } = bench.numbers
  const begin = performance.now()
  const clock = new IdleClock()
  const store = await open(path, clock)
  const there = Number(store.setting('filled') ?? '0')
  const steps: number[] = []
  // The search index follows when the store is idle; an earlier run may have left it behind.
  const index = (ms: number): void => {
    endTurn()
    clock.idle(ms, (milliseconds) => {
      steps.push(milliseconds)
      endTurn()
    })
  }
  for (let number = there; number < count; number++) {
    store.add(entry(number, BEGINNING))
    if ((number + 1) % 1_000 !== 0 && number + 1 < count) continue
    store.set('filled', String(number + 1))
    index(5_000)
    bench.progress(`${number + 1} of ${count} messages kept`)
  }
  index(60_000)
  store.close()
  if (there >= count) return []
  const [p50, , p99, max] = percentileCells(steps).map(figure)
  const seconds = ((performance.now() - begin) / 1000).toFixed(0)
  return [`Filled and indexed in ${seconds} s; a step of the index ${p50} ms, p99 ${p99}, longest ${max}.`]
}

let tasks: (() => void)[] = []

function open(path: string, clock: Clock = systemClock): Promise<Store> {
  return openStore({
    path,
    clock,
    random: Math.random,
    defer: (task) => tasks.push(task),
    keepHistory: true,
    onProblem: console.error,
  })
}

/** Does what the store deferred to the end of this turn. */
function endTurn(): void {
  const due = tasks
  tasks = []
  for (const task of due) task()
}
