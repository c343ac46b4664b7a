/**
 * The page in a real browser (headless Chromium), two real peers on loopback, each in a process of its own.
 *
 *   npm run bench:web -- [--messages 200] [--history 10000] [--loads 10] [--quick] [--json FILE]
 *
 * `--messages`: written in one page and read in the other. `--history`: scrolled through, from the newest to the first
 * and back. `--loads`: of the page, each in a new browser profile. Exit 1 when the page is too large, when axe-core
 * complains, or when the page sends a request to another host; times are not judged.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { percentileCells } from './harness/measurements.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { firstPaint, openPage, scrollThrough, timesIn, type Times } from './web-pages.ts'
import { arrivals, meets, start, type WebPeer } from './web-peer.ts'
import { axeFindings, launchForScript, watchRequests } from '../web/browser.ts'
import { longTasksOf } from '../web/long-tasks.ts'
import { median } from '../../src/cli/bench/distribution.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { RemoteProcess } from './harness/remote.ts'
import type { Cell } from './harness/table.ts'

type WebBench = Bench<'messages' | 'history' | 'loads'>
type Watch = (context: BrowserContext) => void

interface Running extends WebPeer {
  readonly process: RemoteProcess
}

const PAGES = resolve('dist/web')

export default scenario({
  title: 'The page',
  numbers: { messages: [200, 20], history: [10_000, 500], loads: [10, 2] },
  required: ['web-bundle', 'web-axe', 'web-hosts'],
  run: async (bench) => {
    const { messages, history, loads } = bench.numbers
    const otherHosts: string[] = []
    const watch: Watch = (context) => {
      watchRequests(context, 'http://127.0.0.1:', otherHosts)
    }
    const { alice, bob } = await startBoth(bench)
    const browser = await launchForScript()
    bench.onEnd(() => browser.close())
    bench.progress('messages from page to page')
    const { fromKey, fromPeer } = await messagesBetween(browser, alice, bob, messages, watch)
    bench.progress('loads')
    const paints = await paintTimes(browser, bob, loads, watch)
    bench.progress('scrolling')
    const { tasks, complaints } = await scrolling(browser, bob, watch)
    const size = bundle()
    const row = (what: string, samples: readonly number[]): Cell[] => [
      what,
      samples.length,
      ...percentileCells(samples),
    ]
    return {
      about: [
        `Headless Chromium ${browser.version()}, two peers with their history on disk, each in a process of its own; ${messages} messages written in one page and read in the other, one at a time; ${loads} loads, each in a new browser profile.`,
        `Then ${history} messages are scrolled through, a screen in each frame, to the first and back. Long is a task of the page that takes more than 50 ms of processor time.`,
      ],
      tables: [
        {
          title: 'Times in ms',
          columns: ['', 'count', 'p50', 'p90', 'p99', 'max'],
          rows: [
            row('from the send key to the list of the other page', fromKey),
            row('from the peer to the list of its page', fromPeer),
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
            ['requests to other hosts', otherHosts.length],
          ],
        },
      ],
      goals: {
        'web-key': median(fromKey),
        'web-message': median(fromPeer),
        'web-first': median(paints),
        'web-long': tasks.length,
        'web-bundle': size.gzip / 1000,
        'web-axe': complaints.length,
        'web-hosts': otherHosts.length,
      },
      notes: [...complaints, ...otherHosts],
    }
  },
})

// --- what is measured -------------------------------------------------------------------------------

async function messagesBetween(
  browser: Browser,
  alice: Running,
  bob: Running,
  count: number,
  watch: Watch,
): Promise<{ readonly fromKey: readonly number[]; readonly fromPeer: readonly number[] }> {
  const writer = await openPage(browser, alice.url, ['clock', 'presses'], watch)
  const reader = await openPage(browser, bob.url, ['clock', 'arrivals'], watch)
  const texts = Array.from({ length: count }, (_, index) => `bench ${index}, hello there`)
  // The first few find the pages cold.
  for (const text of ['warm 1', 'warm 2', 'warm 3', ...texts]) {
    await writer.fill('#composer', text)
    await writer.press('#composer', 'Enter')
    await reader.getByText(text, { exact: true }).waitFor()
  }
  const [pressed, arrived] = [await timesIn(writer, 'presses'), await timesIn(reader, 'arrivals')]
  const received = await bob.process.call(arrivals)
  await Promise.all([writer, reader].map((page) => page.context().close()))
  return {
    fromKey: texts.map((text) => between(pressed, arrived, text)),
    fromPeer: texts.map((text) => between(received, arrived, text)),
  }
}

function between(begin: Times, end: Times, text: string): number {
  return (end.get(text) ?? NaN) - (begin.get(text) ?? NaN)
}

async function paintTimes(
  browser: Browser,
  { url }: Running,
  loads: number,
  watch: Watch,
): Promise<number[]> {
  const paints: number[] = []
  for (let load = 0; load < loads; load++) {
    const page = await openPage(browser, url, ['paint'], watch)
    paints.push(await firstPaint(page))
    await page.context().close()
  }
  return paints
}

async function scrolling(
  browser: Browser,
  { url }: Running,
  watch: Watch,
): Promise<{ tasks: number[]; complaints: string[] }> {
  const page = await openPage(browser, url, [], watch)
  const tasks = await longTasksOf(page, () => scrollThrough(page))
  const complaints = await axeComplaints(page)
  await page.context().close()
  return { tasks, complaints }
}

/** Complaints about the conversation and each dialog, light and dark. */
async function axeComplaints(page: Page): Promise<string[]> {
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

async function startBoth(bench: WebBench): Promise<{ alice: Running; bob: Running }> {
  const startPeer = async (name: string, history: number, peers: WebPeer['address'][]): Promise<Running> => {
    const process = bench.process(new URL('web-peer.ts', import.meta.url).href)
    const data = bench.folder()
    return { process, ...(await process.call(start, { name, history, peers, data, pages: PAGES })) }
  }
  const bob = await startPeer('bob', bench.numbers.history, [])
  const alice = await startPeer('alice', 100, [bob.address])
  await bob.process.call(meets)
  return { alice, bob }
}
