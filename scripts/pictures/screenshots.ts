/**
 * Pictures of the page for the documents, light and dark, on a wide screen and on a phone, always of the same moment.
 *
 *   npm run screenshots [-- FOLDER [NAME...]]     docs/screenshots and all pictures if none are named
 *
 * Git keeps only the picture that the documents show (.gitignore).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchForScript } from '../web/browser.ts'
import { ScriptedPeer } from '../web/scripted-peer.ts'
import { PICTURES } from '../web/pictures.ts'
import { pastTalk, PICTURED, PICTURED_LINES, PICTURED_WORLD } from '../web/picture-world.ts'
import type { Browser, Page } from 'playwright-core'
import type { Picture } from '../web/pictures.ts'

const SCREENS = {
  wide: { viewport: { width: 1200, height: 750 }, scale: 1.25 },
  phone: { viewport: { width: 390, height: 780 }, scale: 1.5 },
} as const
const THEMES = ['light', 'dark'] as const
const QUALITY = 80

const [folder = 'docs/screenshots', ...names] = process.argv.slice(2)
const wanted = Object.entries(PICTURES).filter(([name]) => names.length === 0 || names.includes(name))
mkdirSync(folder, { recursive: true })
const browser = await launchForScript()
for (const [name, picture] of wanted)
  for (const theme of THEMES)
    for (const screen of picture.screens)
      writeFileSync(
        join(folder, `${name}-${screen}-${theme}.webp`),
        await taken(browser, picture, theme, screen),
      )
await browser.close()
console.log(`pictures in ${folder}`)

async function taken(
  browser: Browser,
  picture: Picture,
  colorScheme: (typeof THEMES)[number],
  screen: keyof typeof SCREENS,
): Promise<Buffer> {
  const lines = picture.isEmpty === true ? [] : [...pastTalk(60), ...PICTURED_LINES]
  const peer = await ScriptedPeer.start({ lines, now: PICTURED, world: PICTURED_WORLD })
  const context = await browser.newContext({
    viewport: SCREENS[screen].viewport,
    hasTouch: screen === 'phone',
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  try {
    const page = await context.newPage()
    await page.clock.setFixedTime(PICTURED)
    await page.goto(peer.url)
    await page.locator('.log-rows > *').first().waitFor()
    await picture.show({ page, peer, isPhone: screen === 'phone' })
    await page.locator('body').evaluate('new Promise((done) => setTimeout(done, 300))')
    await page.mouse.move(0, 0)
    return await asWebp(page, SCREENS[screen])
  } finally {
    await context.close()
    await peer.stop()
  }
}

/** https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-captureScreenshot */
async function asWebp(
  page: Page,
  { viewport, scale }: (typeof SCREENS)[keyof typeof SCREENS],
): Promise<Buffer> {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    clip: { x: 0, y: 0, ...viewport, scale },
  })
  return Buffer.from(data, 'base64')
}
