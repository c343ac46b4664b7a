/** A headless browser, and what is asked of every page in it: no error, no violation of the policy, nothing from axe. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import chromium from '@sparticuz/chromium'
import { chromium as launcher, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { findBrowser, type FoundBrowser } from './find-browser.ts'

/** One process for all pages would let one page wait for another. */
const UNWANTED = /^--(?:single-process|headless|disable-web-security)/
const GRAPHICS = /^--(?:use-gl|use-angle|enable-unsafe-swiftshader|in-process-gpu)/

/** `graphics`: a graphics card is imitated. Pages are painted sooner then, and all that they do takes a third longer. */
export async function launch(
  { executablePath, env }: FoundBrowser,
  { graphics = false } = {},
): Promise<Browser> {
  const wanted = chromium.args.filter((argument) => !UNWANTED.test(argument))
  const plain = [...wanted.filter((argument) => !GRAPHICS.test(argument)), '--disable-gpu']
  const args = graphics ? wanted : plain
  return launcher.launch({ executablePath, args, headless: true, env: { ...process.env, ...env } })
}

/** For a script: the browser of this machine with a graphics card. Rejects with the reason when there is none. */
export async function launchForScript(): Promise<Browser> {
  const found = await findBrowser()
  if ('reason' in found) throw new Error(found.reason)
  return launch(found, { graphics: true })
}

/** Addresses of other hosts that a page asked for: there must be none. */
export function watchRequests(context: BrowserContext, origin: string, strangers: string[]): void {
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('blob:')) strangers.push(url)
  })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe-core finds, a line for each, of all its rules or of those that are named. The policy of the page keeps
 * scripts out, so it comes by the debugger.
 */
export async function axeFindings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE)
  const options = {
    resultTypes: ['violations'],
    ...(rules.length === 0 ? {} : { runOnly: { type: 'rule', values: rules } }),
  }
  const found: unknown = await page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(
    ({ violations }) => violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + help + ' | ' + target.join(' ') + ' | ' + failureSummary)))`)
  return Array.isArray(found) ? found.map(String) : ['axe gave no answer']
}
