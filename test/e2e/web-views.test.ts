/**
 * Every view of the page in a real browser, dark and light, wide and 320 pixels narrow: axe-core finds nothing, nothing
 * scrolls sideways, nothing violates the policy of the page.
 */
import { expect, onTestFinished, test } from 'vitest'
import { axeFindings } from '../../scripts/web/browser.ts'
import { ScriptedPeer } from '../../scripts/web/scripted-peer.ts'
import { LINES, manyLines } from '../../scripts/web/world.ts'
import { VIEWS, type View } from '../../scripts/web/views.ts'
import { browsing, PATIENCE, until, WIDE } from './web-support.ts'
import type { Page } from 'playwright-core'

const { pages, context } = browsing((complaint) => /Failed to load resource|net::ERR_/.test(complaint))

const OLDER_THAN_THE_REST = 4 * 24 * 60
/** Rules whose result depends on the layout. */
const OF_THE_LAYOUT = [
  'aria-allowed-attr',
  'aria-required-children',
  'button-name',
  'landmark-one-main',
  'link-name',
  'region',
  'scrollable-region-focusable',
  'target-size',
]
const NARROW = { width: 320, height: 640 }

async function start(view: View, viewport: typeof WIDE): Promise<{ page: Page; peer: ScriptedPeer }> {
  const lines = view.isEmpty === true ? [] : [...manyLines(view.more ?? 0, OLDER_THAN_THE_REST), ...LINES]
  const peer = await ScriptedPeer.start({ lines, pages: pages() })
  onTestFinished(() => peer.stop())
  const page = await (await context()).newPage()
  await page.setViewportSize(viewport)
  await page.goto(view.hasToken === false ? `${peer.origin}/chat` : peer.url)
  await page
    .locator(view.hasToken === false ? '.needs-token' : '.log-rows > *')
    .first()
    .waitFor()
  return { page, peer }
}

/** Pixels beyond the right edge of the window. */
function overflow(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

test.each(Object.entries(VIEWS))('%s', { timeout: 4 * PATIENCE }, async (_, view) => {
  const isPhone = view.isPhoneOnly === true
  const { page, peer } = await start(view, isPhone ? NARROW : WIDE)
  await view.show({ page, peer, isPhone })
  expect(await axeFindings(page), 'light').toEqual([])
  // The same elements in other colours.
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeFindings(page, ['color-contrast']), 'dark').toEqual([])
  await page.setViewportSize(NARROW)
  await until(() => overflow(page), 0)
  if (!isPhone) expect(await axeFindings(page, OF_THE_LAYOUT), 'narrow, dark').toEqual([])
})

test('buttons take the colours of another scheme at once, as the page around them does', async () => {
  const { page } = await start({ show: () => Promise.resolve() }, WIDE)
  await page.emulateMedia({ reducedMotion: 'no-preference', colorScheme: 'light' })
  await page.evaluate(`
    window.faded = new Set()
    document.addEventListener('transitionrun', ({ target }) => window.faded.add(target.className))`)
  await page.emulateMedia({ reducedMotion: 'no-preference', colorScheme: 'dark' })
  const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
  await page.evaluate(twoFrames)
  expect(await page.evaluate('[...window.faded]')).toEqual([])
})
