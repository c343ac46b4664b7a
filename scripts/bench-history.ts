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
import { systemClock } from '../src/cli/system/clock.ts'
import { openStore } from '../src/store/sqlite-store.ts'
import { GOALS, isMet } from './bench/goals.ts'
import { CHARACTERS, CONVERSATIONS, DIFFERENT_WORDS, entry, word } from './bench/history-entries.ts'
import { HurriedClock } from './bench/hurried-clock.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { summarize } from './bench/statistics.ts'
import { figure } from './bench/table.ts'
import type { Clock } from '../src/chat/clock.ts'
import type { Store } from '../src/store/store.ts'
import type { Reached } from './bench/result.ts'
import type { Cell } from './bench/table.ts'

const { numbers, texts, flags, quick, json, command } = settings({
  numbers: { count: [1_000_000, 2_000] },
  texts: { file: '' },
  flags: ['fresh'],
})
const MESSAGES = numbers.count
const FILE = texts.file === '' ? join(tmpdir(), `parley-history-${MESSAGES}.db`) : texts.file
/** A month ago, in Unix milliseconds: what is older than a year is deleted. */
const BEGINNING = Date.now() - 30 * 24 * 3_600_000
/** The most often said word that is long, so that no short cut for short words helps. */
const COMMON = word(6)
/** In some messages only. */
const RARE = word(DIFFERENT_WORDS - 2)

const begin = performance.now()
const notes: string[] = []
let tasks: (() => void)[] = []

if (flags.fresh) for (const suffix of ['', '-wal']) rmSync(`${FILE}${suffix}`, { force: true })
await fill()
await measure()

// --- what is measured -------------------------------------------------------------------------------

async function measure(): Promise<void> {
  progress('history: measuring')
  const opened = summarize(await openings(quick ? 1 : 5))
  const store = await open()
  const pages = new Map<string, readonly number[]>([
    ['last page of 50', time(100, 50, () => store.page('general', 50).entries.length)],
    [
      'page of 50 in the middle',
      time(
        100,
        50,
        cursored(store, (middle) => store.page('general', 50, middle).entries.length),
      ),
    ],
  ])
  const found: (readonly [what: string, samples: readonly number[]])[] = []
  for (const [what, words, atLeast, conversation] of searches()) {
    const samples: number[] = []
    for (let round = 0; round < (quick ? 2 : 15); round++) {
      const started = performance.now()
      const { length } = await store.search(words, 50, conversation)
      samples.push(performance.now() - started)
      if (length < atLeast) throw new Error(`${length} messages were found, not ${atLeast}`)
    }
    found.push([`search of ${what}`, samples])
  }
  const kept = [1, 100].map((perTurn) => [perTurn, keep(store, quick ? 200 : 10_000, perTurn)] as const)
  store.close()
  const { size } = statSync(FILE)
  if (quick) rmSync(FILE, { force: true })
  const rows = [...pages, ...found].map(([what, samples]): Cell[] => {
    const { p50, p99, max } = summarize(samples)
    return [what, p50, p99, max]
  })
  const slowest = (samples: Iterable<readonly [string, readonly number[]]>): number =>
    Math.max(...[...samples].map(([, all]) => summarize(all).p50))
  const goals: Reached[] = [
    { goal: 'history-open', value: opened.p50 },
    { goal: 'history-page', value: slowest(pages) },
    { goal: 'history-search', value: slowest(found) },
  ]
  publish(
    {
      name: 'history',
      title: 'A long history',
      about: [
        `${MESSAGES} messages of ${CHARACTERS} characters in ${CONVERSATIONS.length} conversations, words as often as in a language; ${figure(size / 1e6)} MB on disk.`,
      ],
      command,
      quick,
      seconds: (performance.now() - begin) / 1000,
      tables: [
        {
          title: 'In ms',
          columns: ['', 'p50', 'p99', 'max'],
          rows: [['open', opened.p50, opened.p99, opened.max], ...rows],
        },
        {
          title: 'Kept and committed',
          columns: ['messages in one turn', 'µs a message'],
          rows: kept.map(([perTurn, micros]) => [perTurn, micros]),
        },
      ],
      charts: [],
      goals,
      notes,
    },
    json,
  )
  process.exitCode = quick || goals.every(({ goal, value }) => isMet(GOALS[goal], value)) ? 0 : 1
}

/** How many at least must be found: rare words may be missing in a short history. */
function searches(): [what: string, words: string, atLeast: number, conversation?: string][] {
  return [
    ['a common word', COMMON, 50],
    ['a rare word', RARE, 0],
    ['a common and a rare word', `${COMMON} ${RARE}`, 0],
    ['two common words', `${COMMON} ${word(9)}`, 1],
    ['one letter', 'e', 50],
    ['a word that nobody said', 'xylophonist', 0],
    ['a rare word in one conversation', RARE, 0, 'ops'],
  ]
}

/** Milliseconds of each of some openings. */
async function openings(count: number): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < count; round++) {
    const started = performance.now()
    const store = await open()
    times.push(performance.now() - started)
    store.close()
  }
  return times
}

/** Milliseconds of each call, which must find something; the first, which reads the disk, counts as one. */
function time(rounds: number, atLeast: number, task: () => number): number[] {
  return Array.from({ length: quick ? 2 : rounds }, () => {
    const started = performance.now()
    const count = task()
    const took = performance.now() - started
    if (count < atLeast) throw new Error(`${count} messages were found, not ${atLeast}`)
    return took
  })
}

/** Microseconds a message. */
function keep(store: Store, count: number, perTurn: number): number {
  const first = Number(store.setting('next') ?? String(MESSAGES))
  store.set('next', String(first + count))
  const started = performance.now()
  for (let index = 0; index < count; index++) {
    store.add(entry(first + index, BEGINNING))
    if ((index + 1) % perTurn === 0) endTurn()
  }
  endTurn()
  return ((performance.now() - started) * 1000) / count
}

function cursored(store: Store, task: (middle: string | undefined) => number): () => number {
  let middle: string | undefined
  for (let page = 0; page < Math.min(200, MESSAGES / 8_000); page++)
    middle = store.page('general', 1_000, middle).before
  return () => task(middle)
}

// --- the history ------------------------------------------------------------------------------------

async function fill(): Promise<void> {
  const started = performance.now()
  const clock = new HurriedClock()
  const store = await open(clock)
  const there = Number(store.setting('filled') ?? '0')
  const steps: number[] = []
  // The index of the search follows when nobody waits; an earlier run may have left it behind.
  const index = (): void => {
    endTurn()
    clock.hurry((milliseconds) => {
      steps.push(milliseconds)
      endTurn()
    })
  }
  for (let number = there; number < MESSAGES; number++) {
    store.add(entry(number, BEGINNING))
    if ((number + 1) % 1_000 !== 0 && number + 1 < MESSAGES) continue
    store.set('filled', String(number + 1))
    index()
    progress(`history: ${number + 1} of ${MESSAGES} messages kept`)
  }
  index()
  store.close()
  if (there >= MESSAGES) return
  const { p50, p99, max } = summarize(steps)
  const took = ((performance.now() - started) / 1000).toFixed(0)
  notes.push(
    `Filled and indexed in ${took} s; a step of the index ${figure(p50)} ms, p99 ${figure(p99)}, longest ${figure(max)}.`,
  )
}

function open(clock: Clock = systemClock): Promise<Store> {
  return openStore({
    path: FILE,
    clock,
    random: Math.random,
    defer: (task) => tasks.push(task),
    keepHistory: true,
    onProblem: console.error,
  })
}

function endTurn(): void {
  const due = tasks
  tasks = []
  for (const task of due) task()
}
