/** A real browser with the built page. Errors in its console fail the test. */
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, vi } from 'vitest'
import { launch } from '../../scripts/web/browser.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { WebServer } from '../../src/peer/local-api/server.ts'

/** The limit of a wait for something that takes milliseconds on an idle machine. */
export const PATIENCE = 30_000

export const WIDE = { width: 1280, height: 800 }

/** Built before any test (build.ts). */
const PAGES = fileURLToPath(new URL('../../dist/web', import.meta.url))

export interface Browsing {
  /** The directory of the built page. */
  readonly pages: () => string
  /** A tab with the page of this peer, in a new browser profile unless a context is given. */
  readonly open: (web: Pick<WebServer, 'url'>, context?: BrowserContext) => Promise<Page>
  readonly context: () => Promise<BrowserContext>
}

/**
 * A browser for the tests of this file, which are skipped without one. A complaint in the console of a page fails the test
 * that opened it, and so does a request to another host. `isPart`: complaints that belong to the tests.
 */
export function browsing(isPart: (complaint: string) => boolean = () => false): Browsing {
  vi.setConfig({ testTimeout: 4 * PATIENCE, hookTimeout: 4 * PATIENCE })
  const found = inject('browser')
  const complaints: string[] = []
  let contexts: BrowserContext[] = []
  let browser: Browser | undefined

  beforeAll(async () => {
    if ('executablePath' in found) browser = await launch(found)
  }, 120_000)

  beforeEach(({ skip }) => {
    if ('reason' in found) skip(found.reason)
  })

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    contexts = []
    const all = complaints.splice(0).filter((complaint) => !isPart(complaint))
    expect(all, 'the console of the pages').toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
  })

  const context = async (): Promise<BrowserContext> => {
    if (browser === undefined) throw new Error('no browser')
    const made = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' })
    made.setDefaultTimeout(PATIENCE)
    await made.addInitScript({ content: WATCH_POLICY })
    made.on('page', (page) => {
      watch(page, complaints)
    })
    made.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url())
      if (hostname !== '127.0.0.1' && protocol !== 'blob:') complaints.push(`asked for ${request.url()}`)
    })
    contexts.push(made)
    return made
  }
  return {
    pages: () => PAGES,
    context,
    open: async ({ url }, given) => {
      const page = await (given ?? (await context())).newPage()
      await page.goto(url)
      await page.locator('#composer').waitFor()
      return page
    },
  }
}

/** Collects errors and warnings, except for a peer that is away for a moment. */
function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (line) => {
    const isGone =
      /net::ERR_(?:CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/
    if (['error', 'warning'].includes(line.type()) && !isGone.test(line.text())) complaints.push(line.text())
  })
}

/** Runs in every page before its own scripts. */
const WATCH_POLICY = `
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error('the policy was violated: ' + violatedDirective + ' ' + blockedURI)
  })
  window.hurt = () => console.error('a text was run')
`

// --- what the user does and sees ------------------------------------------------------------------------

export async function write(page: Page, text: string): Promise<void> {
  await page.fill('#composer', text)
  await page.press('#composer', 'Enter')
}

/** The texts of the open conversation, oldest first. */
export function shown(page: Page): Promise<readonly string[]> {
  return page.locator('#log .message .text').allTextContents()
}

/** Waits until `seen` gives the expected value. */
export async function until<T>(seen: () => Promise<T> | T, expected: T): Promise<void> {
  await expect.poll(seen, { timeout: PATIENCE, interval: 30 }).toEqual(expected)
}

export async function shows(page: Page, texts: readonly string[]): Promise<void> {
  await until(() => shown(page), texts)
}

export async function isIn(page: Page, title: string): Promise<void> {
  await until(() => page.locator('h1').textContent(), title)
}
