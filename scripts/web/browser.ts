/** A headless browser, and checks for every page in it: foreign hosts, axe-core. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import chromium from '@sparticuz/chromium'
import { chromium as launcher, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { findBrowser, type FoundBrowser } from './find-browser.ts'

/** In a single process pages would wait for each other. */
const UNWANTED = /^--(?:single-process|headless|disable-web-security)/
const GRAPHICS = /^--(?:use-gl|use-angle|enable-unsafe-swiftshader|in-process-gpu)/

/** `graphics`: emulates a graphics card. Pages are painted sooner, and scripts take a third longer. */
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

/** Collects requests to other hosts: there must be none. */
export function watchRequests(context: BrowserContext, origin: string, strangers: string[]): void {
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('blob:')) strangers.push(url)
  })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * The findings of axe-core, one line each, for all its rules or the named ones. It is injected through the debugger,
 * because the policy of the page forbids other scripts.
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
