/**
 * The store with a long history: how fast it opens, shows, searches and keeps. Exits with 1 when over a goal.
 *
 *   npm run bench:history -- [--messages 1000000] [--file history.db] [--fresh]
 *
 * The file is filled when it is not there, which takes some minutes, and used again by the next run.
 */
import { rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/cli/system-clock.ts'
import { openStore } from '../src/peer/store.ts'
import { median, percentile } from './bench/statistics.ts'
import type { Entry, Store } from '../src/peer/store-model.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    file: { type: 'string' },
    fresh: { type: 'boolean', default: false },
  },
})
const MESSAGES = Number(values.messages)
const FILE = values.file ?? join(tmpdir(), `parley-history-${MESSAGES}.db`)
const CHANNELS = ['general', 'ops', 'random', '@10.0.0.7:8000']
const SENDERS = 20
const TEXT = 300
const WORDS = 50_000
/** The most often said word that is long, so that no short cut for short words helps. */
const COMMON = word(6)
/** In some messages only. */
const RARE = word(WORDS - 2)

const overGoal: string[] = []
let tasks: (() => void)[] = []

if (values.fresh) for (const suffix of ['', '-wal']) rmSync(`${FILE}${suffix}`, { force: true })
await fill()
await measure()
process.exitCode = overGoal.length > 0 ? 1 : 0

// --- what is measured -------------------------------------------------------------------------------

async function measure(): Promise<void> {
  const begin = performance.now()
  const store = await open()
  const opened = performance.now() - begin
  const { size } = statSync(FILE)
  console.log(
    `\nNode ${process.version}; ${MESSAGES} messages of ${TEXT} characters, ${(size / 1e6).toFixed(0)} MB\n`,
  )
  console.log('                                          measured        goal')
  print('open', opened, 'ms', 300)
  print(
    'last page of 50',
    time(100, () => store.page('general', 50).entries.length),
    'ms',
    5,
  )
  const middle = cursorInTheMiddle(store)
  print(
    'page of 50 in the middle',
    time(100, () => store.page('general', 50, middle).entries.length),
    'ms',
    5,
  )
  for (const [what, words] of searches()) {
    print(
      `search of ${what}`,
      time(15, () => store.search(words, 50).length),
      'ms',
      50,
    )
  }
  print(
    'the same in one conversation',
    time(15, () => store.search(RARE, 50, 'ops').length),
    'ms',
    50,
  )
  print('kept and committed, one a turn', keep(store, 5_000, 1), 'µs')
  print('kept and committed, 100 a turn', keep(store, 20_000, 100), 'µs')
  store.close()
}

function searches(): [what: string, words: string][] {
  return [
    ['a common word', COMMON],
    ['a rare word', RARE],
    ['a common and a rare word', `${COMMON} ${RARE}`],
    ['two common words', `${COMMON} ${word(9)}`],
    ['one letter', 'e'],
    ['a word that nobody said', 'xylophonist'],
  ]
}

/** Milliseconds of one call, the median; the first, which reads the disk, counts as one. */
function time(rounds: number, task: () => number): number {
  const samples = Array.from({ length: rounds }, () => {
    const begin = performance.now()
    task()
    return performance.now() - begin
  })
  return median(samples)
}

/** Microseconds a message. */
function keep(store: Store, count: number, perTurn: number): number {
  const first = Number(store.setting('next') ?? String(MESSAGES))
  store.set('next', String(first + count))
  const begin = performance.now()
  for (let index = 0; index < count; index++) {
    store.add(entry(first + index))
    if ((index + 1) % perTurn === 0) endTurn()
  }
  endTurn()
  return ((performance.now() - begin) * 1000) / count
}

function cursorInTheMiddle(store: Store): string | undefined {
  let before: string | undefined
  for (let page = 0; page < Math.min(200, MESSAGES / 8_000); page++)
    before = store.page('general', 1_000, before).before
  return before
}

function print(what: string, value: number, unit: string, goal?: number): void {
  const isOver = goal !== undefined && value > goal
  if (isOver) overGoal.push(what)
  const limit = goal === undefined ? '' : `<= ${goal}`
  console.log(
    `${what.padEnd(40)} ${value.toFixed(2).padStart(9)} ${unit}  ${limit.padStart(7)} ${isOver ? 'OVER' : ''}`,
  )
}

// --- the history ------------------------------------------------------------------------------------

async function fill(): Promise<void> {
  const begin = performance.now()
  const store = await open()
  const there = Number(store.setting('filled') ?? '0')
  for (let index = there; index < MESSAGES; index++) {
    store.add(entry(index))
    if ((index + 1) % 10_000 !== 0) continue
    store.set('filled', String(index + 1))
    endTurn()
  }
  endTurn()
  if (there < MESSAGES) {
    console.log(`filled: ${seconds(begin)} s`)
    index(store)
  }
  store.close()
}

/** Lets the index of the search follow, as it does in the background. */
function index(store: Store): void {
  const begin = performance.now()
  const steps: number[] = []
  for (let step = 0; step < MESSAGES / 49; step++) {
    const started = performance.now()
    // A search is preceded by one step of the index.
    store.search('xylophonist', 1, 'nowhere')
    endTurn()
    steps.push(performance.now() - started)
  }
  steps.sort((one, other) => one - other)
  const at = (share: number): string => percentile(steps, share).toFixed(1)
  console.log(`indexed: ${seconds(begin)} s; a step ${at(0.5)} ms, p99 ${at(0.99)}, longest ${at(1)}`)
}

function open(): Promise<Store> {
  return openStore({
    path: FILE,
    clock: systemClock,
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

function entry(number: number): Entry {
  const sender = number % SENDERS
  const identity = `${sender}`.padStart(16, 'a')
  const conversation = CHANNELS[(number >> 3) % CHANNELS.length] ?? 'general'
  const at = Date.UTC(2025, 10, 1) + number * 2
  return {
    message: {
      id: `${identity.slice(0, 10)}${number.toString(16).padStart(8, '0')}`,
      from: { ip: `10.0.0.${sender}`, port: 8000, name: `peer${sender}`, identity },
      channel: conversation.startsWith('@') ? 'private' : conversation,
      text: text(number),
      sentAt: at,
      action: false,
      seq: number,
    },
    conversation,
    at,
    receivedAt: at,
    own: false,
  }
}

/** Words as often as in a language: the n-th most common about 1/n as often as the first. */
function text(number: number): string {
  let state = (number * 2_654_435_761) >>> 0
  let words = ''
  while (words.length < TEXT) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words += `${word(Math.floor(WORDS ** (state / 2 ** 32)) - 1)} `
  }
  return words.slice(0, TEXT)
}

/** The n-th most common word. */
function word(rank: number): string {
  const letters = 'etaoinshrdlucmfwypvbgk'
  let rest = (rank * 7_919 + 1_013) % 1_000_003
  let letter = ''
  do {
    letter += letters[rest % letters.length] ?? ''
    rest = Math.floor(rest / letters.length)
  } while (rest > 0)
  return rank < 5 ? letter.slice(0, 3) : `${letter}${rank % 3 === 0 ? 'ing' : 'er'}`
}

function seconds(begin: number): string {
  return ((performance.now() - begin) / 1000).toFixed(0)
}
