/**
 * The page in a real browser (headless Chromium), two real peers on loopback, each in a process of its own.
 *
 *   npm run bench:web -- [--messages 200] [--history 10000] [--loads 10] [--quick] [--json FILE]
 *
 * `--messages`: written in one page and read in the other. `--history`: scrolled through, from the newest to the first
 * and back. `--loads`: of the page, each in a new browser profile. Exit 1 when the page is too large, when axe-core
 * complains, or when another host is asked for anything; times are only told.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { end, report } from './bench/children.ts'
import { compiled } from './bench/compiled.ts'
import { GOALS, isMet } from './bench/goals.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { median, summarize } from './bench/statistics.ts'
import { firstPaint, openPage, scrollThrough, timesIn, type Times } from './bench/web-pages.ts'
import { axeFindings, launchForScript, watchRequests } from './web/browser.ts'
import { longTasksOf } from './web/long-tasks.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Reached } from './bench/result.ts'
import type { Cell } from './bench/table.ts'
import type { Order, Report } from './bench/web-child.ts'

const { numbers, quick, json, command } = settings({
  numbers: { messages: [200, 20], history: [10_000, 500], loads: [10, 2] },
})
const PAGES = fileURLToPath(new URL('../dist/web', import.meta.url))

interface Running {
  readonly child: ChildProcess
  readonly url: string
}

const begin = performance.now()
const data = mkdtempSync(join(tmpdir(), 'parley-bench-web-'))
const strangers: string[] = []
const { alice, bob } = await startBoth()
const browser = await launchForScript()

progress('messages from page to page')
const delivered = await messagesBetween(browser)
progress('loads')
const paints = await loads(browser)
progress('scrolling')
const { tasks, complaints } = await scrolling(browser)
await browser.close()
await Promise.all([alice.child, bob.child].map(end))
rmSync(data, { recursive: true })

const size = bundle()
const reached: Reached[] = [
  { goal: 'web-key', value: median(delivered.fromKey) },
  { goal: 'web-message', value: median(delivered.fromPeer) },
  { goal: 'web-first', value: median(paints) },
  { goal: 'web-long', value: tasks.length },
  { goal: 'web-bundle', value: size.gzip / 1000 },
  { goal: 'web-axe', value: complaints.length },
  { goal: 'web-hosts', value: strangers.length },
]
publish(
  {
    name: 'web',
    title: 'The page',
    about: [
      `Headless Chromium ${delivered.version}, two peers with their history on disk, each in a process of its own; ${numbers.messages} messages written in one page and read in the other, one at a time; ${numbers.loads} loads, each in a new browser profile.`,
      `Then ${numbers.history} messages are scrolled through, a screen in each frame, to the first and back. Long is a task of the page that takes more than 50 ms of processor time.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'Times in ms',
        columns: ['', 'count', 'p50', 'p90', 'p99', 'max'],
        rows: [
          row('from the send key to the list of the other page', delivered.fromKey),
          row('from the peer to the list of its page', delivered.fromPeer),
          row('from the load to the first message painted', paints),
        ],
      },
      {
        title: 'Counts',
        columns: ['', ''],
        rows: [
          ['long tasks while scrolling', tasks.length],
          ['the longest of them, ms', tasks.length === 0 ? null : Math.max(...tasks)],
          ['size of the page, bytes', size.raw],
          ['size of the page, gzip, bytes', size.gzip],
          ['complaints of axe-core', complaints.length],
          ['requests to other hosts', strangers.length],
        ],
      },
    ],
    charts: [],
    goals: reached,
    notes: [...complaints, ...strangers],
  },
  json,
)
const counts = reached.filter(({ goal }) => ['web-bundle', 'web-axe', 'web-hosts'].includes(goal))
process.exitCode = counts.every(({ goal, value }) => isMet(GOALS[goal], value)) ? 0 : 1

// --- what is measured ---------------------------------------------------------------------------------

async function messagesBetween(browser: Browser): Promise<{
  readonly version: string
  readonly fromKey: readonly number[]
  readonly fromPeer: readonly number[]
}> {
  const writer = await openPage(browser, alice.url, ['clock', 'presses'], watch)
  const reader = await openPage(browser, bob.url, ['clock', 'arrivals'], watch)
  const texts = Array.from({ length: numbers.messages }, (_, index) => `bench ${index}, hello there`)
  // The first few find the pages cold.
  for (const text of ['warm 1', 'warm 2', 'warm 3', ...texts]) {
    await writer.fill('#composer', text)
    await writer.press('#composer', 'Enter')
    await reader.getByText(text, { exact: true }).waitFor()
  }
  const [pressed, arrived] = [await timesIn(writer, 'presses'), await timesIn(reader, 'arrivals')]
  const heard: Times = new Map(await heardBy(bob))
  await Promise.all([writer, reader].map((page) => page.context().close()))
  return {
    version: browser.version(),
    fromKey: texts.map((text) => between(pressed, arrived, text)),
    fromPeer: texts.map((text) => between(heard, arrived, text)),
  }
}

async function loads(browser: Browser): Promise<number[]> {
  const paints: number[] = []
  for (let load = 0; load < numbers.loads; load++) {
    const page = await openPage(browser, bob.url, ['paint'], watch)
    paints.push(await firstPaint(page))
    await page.context().close()
  }
  return paints
}

async function scrolling(browser: Browser): Promise<{ tasks: number[]; complaints: string[] }> {
  const page = await openPage(browser, bob.url, [], watch)
  const tasks = await longTasksOf(page, () => scrollThrough(page))
  const complaints = await mainViews(page)
  await page.context().close()
  return { tasks, complaints }
}

/** What axe-core complains of: the conversation, and what lies over it, light and dark. */
async function mainViews(page: Page): Promise<string[]> {
  const complaints: string[] = []
  for (const key of ['', 'Control+k', 'Control+Shift+F', 'Control+/']) {
    if (key !== '') {
      await page.keyboard.press(key)
      await page.locator('dialog[open]').waitFor()
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      complaints.push(...(await axeFindings(page)))
    }
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  return complaints
}

/** In bytes: all files of the page, each compressed for itself. */
function bundle(): { readonly raw: number; readonly gzip: number } {
  const files = readdirSync(PAGES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
  const sum = (sizes: readonly number[]): number => sizes.reduce((all, each) => all + each, 0)
  return {
    raw: sum(files.map(({ length }) => length)),
    gzip: sum(files.map((file) => gzipSync(file, { level: 9 }).length)),
  }
}

// --- the peers ----------------------------------------------------------------------------------------

async function startBoth(): Promise<{ alice: Running; bob: Running }> {
  const bob = await start({ name: 'bob', history: numbers.history, peers: [] })
  const met = report<Report, 'members'>(bob.child, 'members')
  const alice = await start({ name: 'alice', history: 100, peers: [bob.address] })
  await met
  return { alice, bob }
}

async function start(
  wanted: Pick<Extract<Order, { kind: 'be' }>, 'name' | 'history' | 'peers'>,
): Promise<Running & Pick<Extract<Report, { kind: 'ready' }>, 'address'>> {
  const child = fork(join(compiled(), 'scripts', 'bench', 'web-child.js'))
  const ready = report<Report, 'ready'>(child, 'ready')
  child.send({ ...wanted, kind: 'be', data, pages: PAGES } satisfies Order)
  const { url, address } = await ready
  return { child, url, address }
}

async function heardBy({ child }: Running): Promise<readonly (readonly [string, number])[]> {
  const told = report<Report, 'heard'>(child, 'heard')
  child.send({ kind: 'tell' } satisfies Order)
  return (await told).heard
}

function watch(context: BrowserContext): void {
  watchRequests(context, 'http://127.0.0.1:', strangers)
}

function between(begin: Times, end: Times, text: string): number {
  return (end.get(text) ?? NaN) - (begin.get(text) ?? NaN)
}

function row(what: string, samples: readonly number[]): Cell[] {
  const { count, p50, p90, p99, max } = summarize(samples)
  return [what, count, p50, p90, p99, max]
}
