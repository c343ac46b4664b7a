/** The page as it is built, peers with a web port for it, and a real browser that is told on by its errors. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launch } from '../../scripts/web/browser.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { WebServer } from '../../src/peer/web-server.ts'

/** How long to wait for something that should take milliseconds, on a machine that does other things too. */
export const PATIENCE = 15_000

export interface Browsing {
  /** The directory of the built page. */
  readonly pages: () => string
  /** A tab with the page of this peer; in the browser of somebody else unless a context is given. */
  readonly open: (web: Pick<WebServer, 'url'>, context?: BrowserContext) => Promise<Page>
  readonly context: () => Promise<BrowserContext>
}

/** A browser for the tests of this file. Whatever a page complains of in its console fails the test that opened it. */
export function browsing(): Browsing {
  const pages = mkdtempSync(join(tmpdir(), 'parley-page-'))
  const complaints: string[] = []
  let contexts: BrowserContext[] = []
  let browser: Browser | undefined

  beforeAll(async () => {
    const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))
    await build({ configFile, logLevel: 'error', build: { outDir: pages } })
    browser = await launch()
  }, 120_000)

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    contexts = []
    expect(complaints.splice(0), 'the console of the pages').toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(pages, { recursive: true, force: true })
  })

  const context = async (): Promise<BrowserContext> => {
    if (browser === undefined) throw new Error('no browser')
    const made = await browser.newContext()
    made.setDefaultTimeout(PATIENCE)
    await made.addInitScript({ content: WATCH_POLICY })
    contexts.push(made)
    return made
  }
  return {
    pages: () => pages,
    context,
    open: async ({ url }, given) => {
      const page = await (given ?? (await context())).newPage()
      watch(page, complaints)
      await page.goto(url)
      await page.locator('#composer').waitFor()
      return page
    },
  }
}

/** Errors and warnings; a peer that is gone for a moment is not one. */
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

/** Runs in every page, before anything of it does. */
const WATCH_POLICY = `
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error('the policy was violated: ' + violatedDirective + ' ' + blockedURI)
  })
  window.hurt = () => console.error('a text was run')
`

// --- what somebody does and sees ----------------------------------------------------------------------

export async function write(page: Page, text: string): Promise<void> {
  await page.fill('#composer', text)
  await page.press('#composer', 'Enter')
}

/** The texts of the open conversation, oldest first. */
export function shown(page: Page): Promise<string[]> {
  return page.locator('#log .message .text').allTextContents()
}

export async function shows(page: Page, texts: readonly string[]): Promise<void> {
  await expect.poll(() => shown(page), { timeout: PATIENCE, interval: 50 }).toEqual(texts)
}

export async function isIn(page: Page, title: string): Promise<void> {
  await expect.poll(() => page.locator('h1').textContent(), { timeout: PATIENCE, interval: 50 }).toBe(title)
}
