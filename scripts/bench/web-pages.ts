/**
 * Instruments of bench:web in the pages. Their code is text, because it runs in the browser.
 *
 * Clocks: `performance.timeOrigin + performance.now()` has fractions of a millisecond, but each page takes its origin
 * when it is opened. So each process measures how far that stands from `Date.now()`, which all of one machine share, as
 * the mean of many readings, and corrects by it: times of two pages and of a peer can be subtracted.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'

/** `window.clock()`: Unix time in milliseconds, with fractions. */
const CLOCK = `
  window.clockOffset = (() => {
    let sum = 0, count = 0
    for (const end = performance.now() + 40; performance.now() < end; count++)
      sum += Date.now() + 0.5 - (performance.timeOrigin + performance.now())
    return sum / count
  })()
  window.clock = (at = performance.now()) => performance.timeOrigin + at + window.clockOffset`

/** When Enter was pressed in the composer, by the event's own time. */
const PRESSES = `
  window.presses = []
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.id === 'composer')
      window.presses.push([event.target.value, window.clock(event.timeStamp)])
  }, true)`

/** When messages of others came into the list. */
const ARRIVALS = `
  window.arrivals = []
  new MutationObserver((records) => {
    for (const { addedNodes } of records)
      for (const node of addedNodes)
        if (node instanceof HTMLElement && node.matches('.message:not(.is-own)'))
          window.arrivals.push([node.querySelector('.text').textContent, window.clock()])
  }).observe(document, { childList: true, subtree: true })`

/** When the first message had been painted, in milliseconds after the navigation began. */
const FIRST_PAINT = `
  new MutationObserver((_, observer) => {
    if (document.querySelector('.message') === null) return
    observer.disconnect()
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      // A task behind the frame: by then it is painted.
      channel.port1.onmessage = () => { window.firstPaint = performance.now() }
      channel.port2.postMessage('')
    })
  }).observe(document, { childList: true, subtree: true })`

/** From the newest message to the first and back, a screen in each frame. */
const SCROLL = `new Promise((done) => {
  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 2
  const down = () => {
    log.scrollTop += 700
    if (isAtEnd() && document.querySelector('.jump-button') === null) done()
    else requestAnimationFrame(down)
  }
  const up = () => {
    log.scrollTop -= 700
    requestAnimationFrame(document.querySelector('.beginning') === null ? up : down)
  }
  up()
})`

const INSTRUMENTS = { clock: CLOCK, presses: PRESSES, arrivals: ARRIVALS, paint: FIRST_PAINT } as const

/** A page with these instruments, in a browser profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  instruments: readonly (keyof typeof INSTRUMENTS)[],
  watch: (context: BrowserContext) => void,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  watch(context)
  for (const name of instruments) await context.addInitScript({ content: INSTRUMENTS[name] })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('#composer').waitFor()
  return page
}

/** Texts and times. */
export type Times = ReadonlyMap<string, number>

export async function timesIn(page: Page, name: 'presses' | 'arrivals'): Promise<Times> {
  const found: unknown = await page.evaluate(`window.${name}`)
  return new Map(found as [string, number][])
}

export async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(SCROLL)
}

export async function firstPaint(page: Page): Promise<number> {
  for (;;) {
    const found: unknown = await page.evaluate('window.firstPaint')
    if (typeof found === 'number') return found
  }
}
