/**
 * Pictures of every view of the page, light and dark, on a wide screen and on a phone, and what axe-core finds in each.
 * Exit status 1 when it finds anything.
 *
 *   npm run screenshots -- [FOLDER]     a folder for temporary files if none is named
 */
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { axeFindings, launch, watchErrors } from './web/browser.ts'
import { FakePeer } from './web/fake-peer.ts'
import { LINES, manyLines } from './web/fake-world.ts'
import { VIEWS, type View } from './web/views.ts'

const SCREENS = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 780 } } as const
const THEMES = ['light', 'dark'] as const
const OLDER_THAN_THE_REST = 4 * 24 * 60

const folder = process.argv[2] ?? join(tmpdir(), 'parley-screenshots')
mkdirSync(folder, { recursive: true })
const found: string[] = []
const browser = await launch()
for (const [name, view] of Object.entries(VIEWS))
  for (const theme of THEMES)
    for (const screen of ['wide', 'phone'] as const)
      await picture(browser, `${name}-${screen}-${theme}`, view, theme, screen)
await browser.close()
console.log(`pictures in ${folder}`)
console.log(found.length === 0 ? 'axe found nothing' : found.join('\n'))
process.exitCode = found.length === 0 ? 0 : 1

async function picture(
  browser: Browser,
  name: string,
  view: View,
  colorScheme: (typeof THEMES)[number],
  screen: keyof typeof SCREENS,
): Promise<void> {
  const peer = await FakePeer.start({
    lines: view.isEmpty === true ? [] : [...manyLines(80, OLDER_THAN_THE_REST), ...LINES],
  })
  const context = await browser.newContext({
    viewport: SCREENS[screen],
    colorScheme,
    reducedMotion: 'reduce',
  })
  try {
    const page = await context.newPage()
    watchErrors(page, found)
    await page.goto(view.hasToken === false ? `${peer.origin}/chat` : peer.url)
    await page.waitForSelector(view.hasToken === false ? '.needs-token' : '.log-rows > *')
    await view.show({ page, peer, isPhone: screen === 'phone' })
    await settle(page)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    for (const finding of await axeFindings(page)) found.push(`${name}: ${finding}`)
  } catch (error) {
    found.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await context.close()
    await peer.stop()
  }
}

async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(400)
}
