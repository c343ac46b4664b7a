/** The page of a peer in a real browser, against real peers. */
import { textOf } from '../../src/chat/content.ts'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until as eventually } from '../support/wait.ts'
import { readEvents, startWeb, type RunningWeb } from '../peer/local-api/support.ts'
import { temporaryDirectory } from '../support/files.ts'
import { testLan } from '../peer/discovery/lan-support.ts'
import { freePort } from '../support/ports.ts'
import { XSS_PAYLOADS } from '../peer/local-api/xss-payloads.ts'
import { HostilePeer } from './hostile-peer.ts'
import { PATIENCE, browsing, isIn, shown, shows, until, write } from './web-support.ts'
import { fileStore, newSelf } from '../support/peers.ts'
import type { Page } from 'playwright-core'
import type { PeerOptions } from '../../src/peer/peer.ts'

// A wrong token belongs to these tests.
const { pages, open, context } = browsing((complaint) => complaint.includes('status of 401'))

type Wanted = Partial<PeerOptions> & Pick<PeerOptions, 'name'>

function startPeer(options: Wanted): Promise<RunningWeb> {
  return startWeb(options, { pages: pages() })
}

/** Two peers that know each other. */
async function startTwo(): Promise<{ alice: RunningWeb; bob: RunningWeb }> {
  const bob = await startPeer({ name: 'bob' })
  const { host, port } = bob.peer.address
  const alice = await startPeer({ name: 'alice', peers: [{ host, port }] })
  await meet(alice, bob)
  return { alice, bob }
}

async function meet(one: RunningWeb, other: RunningWeb): Promise<void> {
  for (const { peer } of [one, other])
    await eventually(() => peer.members('general').length === 1, 'they meet')
}

test('two pages on two peers chat both ways and see the delivery', async () => {
  const { alice, bob } = await startTwo()
  const [alicePage, bobPage] = [await open(alice.web), await open(bob.web)]
  await write(alicePage, 'hello bob')
  await shows(bobPage, ['hello bob'])
  await write(bobPage, 'hello alice')
  await shows(alicePage, ['hello bob', 'hello alice'])
  await write(alicePage, '/me waves')
  await shows(bobPage, ['hello bob', 'hello alice', '* alice waves'])
  const fates = (): Promise<string[]> => alicePage.locator('.message.is-own .fate').allTextContents()
  await expect.poll(fates, { timeout: PATIENCE }).toEqual(Array(2).fill(expect.stringContaining('delivered')))
  expect(alicePage.url(), 'the token is not in the address any more').not.toContain('token')
})

test('joining a channel from the page, and talking there', async () => {
  const { alice, bob } = await startTwo()
  await bob.peer.join('ops')
  const page = await open(alice.web)
  await write(page, '/join #ops')
  await isIn(page, '#ops')
  expect(alice.peer.channels).toEqual(['general', 'ops'])
  await eventually(() => alice.peer.members('ops').length === 1, 'alice sees bob in #ops')
  await write(page, 'anybody here?')
  await eventually(() => bob.peer.history('ops', 1).entries.length === 1, 'bob hears it')
  bob.peer.say('ops', 'I am')
  await shows(page, ['anybody here?', 'I am'])
  await write(page, '/part')
  await eventually(() => !alice.peer.channels.includes('ops'), 'alice leaves')
})

test('a direct message from the list of people', async () => {
  const { alice, bob } = await startTwo()
  const [alicePage, bobPage] = [await open(alice.web), await open(bob.web)]
  await alicePage.locator('#navigation .person-button', { hasText: 'bob' }).click()
  await alicePage.getByRole('button', { name: 'Write to bob' }).first().click()
  await isIn(alicePage, 'bob')
  await write(alicePage, 'between us')
  const link = bobPage.locator('#navigation .conversation-link', { hasText: 'alice' })
  await link.click()
  await isIn(bobPage, 'alice')
  await shows(bobPage, ['between us'])
  await write(bobPage, 'indeed')
  await shows(alicePage, ['between us', 'indeed'])
  expect(bob.peer.history('general', 9).entries).toEqual([])
})

test('messages are there after a reload', async () => {
  const { alice, bob } = await startTwo()
  const page = await open(alice.web)
  const texts = Array.from({ length: 20 }, (_, index) => `line ${index}`)
  for (const [index, text] of texts.entries()) (index % 2 === 0 ? alice : bob).peer.say('general', text)
  await expect.poll(async () => (await shown(page)).length, { timeout: PATIENCE }).toBe(20)
  await page.reload()
  await expect
    .poll(async () => (await shown(page)).toSorted(), { timeout: PATIENCE })
    .toEqual(texts.toSorted())
  await write(page, 'still here')
  await eventually(() => textOfNewest(bob) === 'still here', 'bob hears it')
})

test('its peer is restarted: the page reconnects, and nothing is missing or doubled', async () => {
  const data = temporaryDirectory()
  const secure = newSelf()
  const [port, webPort] = [await freePort(), await freePort()]
  const life = async (): Promise<RunningWeb> => {
    const store = await fileStore(join(data, 'alice.db'))
    return startWeb({ name: 'alice', secure, port, store }, { pages: pages(), port: webPort })
  }
  const first = await life()
  const bob = await startPeer({ name: 'bob', peers: [{ host: '127.0.0.1', port }] })
  await meet(first, bob)
  const page = await open(first.web)
  await write(page, 'before')
  await eventually(() => bob.peer.history('general', 9).entries.length === 1, 'bob hears it')
  await first.web.close()
  await first.peer.close()
  await page.getByText('No connection to your own Parley.').waitFor()
  bob.peer.say('general', 'meanwhile')
  await write(page, 'written meanwhile')
  const second = await life()
  await meet(second, bob)
  await eventually(() => second.peer.history('general', 9).entries.length === 3, 'all of it is kept')
  await expect
    .poll(async () => (await shown(page)).toSorted(), { timeout: 2 * PATIENCE })
    .toEqual(['before', 'meanwhile', 'written meanwhile'])
  await write(page, 'after')
  await eventually(() => textOfNewest(bob) === 'after', 'bob hears it')
  const all = ['after', 'before', 'meanwhile', 'written meanwhile']
  await expect.poll(async () => (await shown(page)).toSorted(), { timeout: PATIENCE }).toEqual(all)
})

test('a recipient who was away gets the message later, and the page shows it', async () => {
  const path = join(temporaryDirectory(), 'bob.db')
  const port = await freePort()
  const secure = newSelf()
  const life = async (): Promise<RunningWeb> =>
    startPeer({ name: 'bob', secure, port, store: await fileStore(path) })
  const bob = await life()
  const alice = await startPeer({ name: 'alice', peers: [{ host: '127.0.0.1', port }] })
  await meet(alice, bob)
  const page = await open(alice.web)
  await bob.peer.close()
  await write(page, 'are you there?')
  const fate = page.locator('.message.is-own .fate')
  await until(() => fate.textContent(), '… waiting for bob')
  const again = await life()
  await peerHas(again, 'are you there?')
  await until(() => fate.textContent(), '✓ delivered 1/1')
})

test('a failed delivery says why; Retry delivers it when the other is back', async () => {
  const path = join(temporaryDirectory(), 'bob.db')
  const port = await freePort()
  const secure = newSelf()
  const life = async (): Promise<RunningWeb> =>
    startPeer({ name: 'bob', secure, port, store: await fileStore(path) })
  const bob = await life()
  const alice = await startPeer({ name: 'alice', giveUp: 0, peers: [{ host: '127.0.0.1', port }] })
  await meet(alice, bob)
  const page = await open(alice.web)
  await bob.peer.close()
  await write(page, 'lost at first')
  await page.locator('.fate-failed', { hasText: 'not delivered to bob' }).waitFor()
  const again = await life()
  await page.getByRole('button', { name: 'Retry', exact: true }).click()
  await peerHas(again, 'lost at first')
  await until(() => page.locator('.message.is-own .fate').textContent(), '✓ delivered 1/1')
})

function textOfNewest({ peer }: RunningWeb): string | undefined {
  const [newest] = peer.history('general', 1).entries
  return newest && textOf(newest.message.content)
}

async function peerHas({ peer }: RunningWeb, text: string): Promise<void> {
  await eventually(
    () => peer.history('general', 9).entries.some(({ message }) => textOf(message.content) === text),
    `${peer.self.name} has ${text}`,
  )
}

test('name, status and picture appear on the page of the other, and can be removed', async () => {
  const lan = await testLan()
  const bob = await startPeer({ name: 'bob', lan: lan.options })
  const alice = await startPeer({ name: 'alice', lan: lan.options })
  await meet(alice, bob)
  const [alicePage, bobPage] = [await open(alice.web), await open(bob.web)]
  await alicePage.locator('.own-profile-button').click()
  const mimeType = 'image/png'
  await alicePage.setInputFiles('input[type=file]', {
    name: 'me.png',
    mimeType,
    buffer: await drawn(alicePage),
  })
  await alicePage.getByText('Your picture is changed.').waitFor()
  await alicePage.getByLabel('Name').fill('Alicia')
  await alicePage.getByLabel('Status').fill('in the lab')
  await alicePage.getByRole('button', { name: 'Save' }).click()
  const shownThere = bobPage.locator('#navigation .person-button', { hasText: 'Alicia' })
  await shownThere.getByText('in the lab').waitFor()
  await shownThere.locator('img').waitFor()
  const isDrawn = 'document.querySelector("#navigation .person-button img").naturalWidth > 0'
  await until(() => bobPage.evaluate(isDrawn), true)
  await alicePage.locator('.own-profile-button').click()
  await alicePage.getByRole('button', { name: 'Remove picture' }).click()
  await alicePage.getByText('Your picture is removed.').waitFor()
  await until(() => shownThere.locator('img').count(), 0)
  await shownThere.getByText('in the lab').waitFor()
})

async function drawn(page: Page): Promise<Buffer> {
  const base64: unknown = await page.evaluate(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 64
    const context = canvas.getContext('2d')
    context.fillStyle = 'teal'
    context.fillRect(0, 0, 64, 64)
    return canvas.toDataURL('image/png').split(',')[1]
  })()`)
  return Buffer.from(String(base64), 'base64')
}

test('an old search result is shown in its place, and the peer keeps the read mark', async () => {
  const alice = await startPeer({ name: 'alice' })
  for (let number = 1; number <= 2_000; number++) alice.peer.say('general', `line ${number}`)
  const page = await open(alice.web)
  await until(async () => (await shown(page)).at(-1), 'line 2000')
  await until(() => alice.peer.readUpTo('general') > 0, true)
  await page.keyboard.press('Control+Shift+F')
  await page.getByLabel('Words').fill('line 222')
  await page.locator('.found-button', { hasText: 'line 222' }).first().click()
  const found = page.locator('.message.is-found')
  await until(() => found.locator('.text').textContent(), 'line 222')
  const texts = await shown(page)
  expect(texts).toEqual(expect.arrayContaining(['line 221', 'line 222', 'line 223']))
  expect(texts).not.toContain('line 2000')
  await page.locator('.jump-button').click()
  await until(async () => (await shown(page)).at(-1), 'line 2000')
})

test('eight tabs of one browser: all get events, each can write', async () => {
  const { alice, bob } = await startTwo()
  const browser = await context()
  const tabs: Page[] = []
  for (let count = 0; count < 8; count++) tabs.push(await open(alice.web, browser))
  bob.peer.say('general', 'to all tabs')
  for (const tab of tabs) await shows(tab, ['to all tabs'])
  for (const [index, tab] of tabs.entries()) {
    await write(tab, `from tab ${index}`)
    await eventually(() => bob.peer.history('general', 9).entries.length === index + 2, `tab ${index}`)
  }
  const texts = ['to all tabs', ...tabs.map((_, index) => `from tab ${index}`)]
  for (const tab of tabs) await shows(tab, texts)
  expect(alice.web.streams).toBeLessThanOrEqual(8)
  // The leading tab is closed.
  await tabs[0]?.close()
  bob.peer.say('general', 'one less')
  for (const tab of tabs.slice(1)) await shows(tab, [...texts, 'one less'])
})

test('the wrong token: the page says where to find the right one', async () => {
  const { web } = await startPeer({ name: 'alice' })
  const page = await (await context()).newPage()
  await page.goto(web.url.replace(/token=.*/, 'token=wrong'))
  await page
    .getByText('its address')
    .or(page.getByText('its full address'))
    .or(page.getByText('printed an address'))
    .first()
    .waitFor()
  expect(await page.locator('#composer').count()).toBe(0)
})

test('after a restart the same tab opens the new address and shows everything', async () => {
  const path = join(temporaryDirectory(), 'alice.db')
  const webPort = await freePort()
  const life = async (token: string): Promise<RunningWeb> => {
    const store = await fileStore(path)
    return startWeb({ name: 'alice', store }, { pages: pages(), port: webPort, token })
  }
  const first = await life('first-token')
  const page = await (await context()).newPage()
  await page.goto(first.web.url)
  await write(page, 'kept')
  await shows(page, ['kept'])
  await first.web.close()
  await first.peer.close()
  const second = await life('second-token')
  await page.getByText('Parley was started again').waitFor()
  await page.goto(second.web.url)
  await shows(page, ['kept'])
})

test('hostile texts in every field are shown as text, and none runs', async () => {
  const { alice } = await startTwo()
  const hostile = new HostilePeer(alice.peer, XSS_PAYLOADS)
  const web = await startWeb({ name: 'victim' }, { pages: pages(), peer: hostile })
  const reader = await readEvents(web)
  const page = await open(web.web)
  for (const text of XSS_PAYLOADS) web.web.show({ kind: 'notice', text })
  await reader.gets('notice')
  await expect
    .poll(async () => (await shown(page)).toSorted(), { timeout: PATIENCE })
    .toEqual(XSS_PAYLOADS.toSorted())
  const text = await page.locator('body').textContent()
  for (const payload of XSS_PAYLOADS) {
    expect(text, 'as a status').toContain(`status ${payload}`)
    expect(text, 'as a name').toContain(hostile.nameOf(payload))
  }
  expect(text, 'as a reason').toContain(XSS_PAYLOADS[0])
  await hostileElements(page)
  await page.locator('#navigation .person-button').first().click()
  await page.locator('dialog .person-card').waitFor()
  await hostileElements(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Shift+F')
  await page.getByLabel('Words').fill('x')
  const found = async (): Promise<string[]> =>
    (await page.locator('.found-text').allTextContents()).toSorted()
  await until(found, XSS_PAYLOADS.toSorted())
  await hostileElements(page)
  await page.keyboard.press('Escape')
  const directs = page.locator('#navigation .conversation-link', { hasText: 'hurt' })
  for (let index = 0; index < (await directs.count()); index++) {
    await directs.nth(index).click()
    const title = hostile.nameOf(XSS_PAYLOADS[index] ?? '')
    await isIn(page, title)
    expect(await page.title(), 'of the tab').toContain(title)
    await hostileElements(page)
  }
  await page.locator('#composer').fill('@')
  await page.getByRole('option').first().waitFor()
  await hostileElements(page)
})

const HOSTILE = [
  ...[
    'iframe',
    'object',
    'embed',
    'base',
    'meta[http-equiv]',
    'style',
    'script:not([src])',
    'math',
    'details',
  ],
  ...['[href^="javascript:"]', '[src^="data:"]', 'img:not([src^="blob:"])'],
]

/** No element of the page comes from a text. */
async function hostileElements(page: Page): Promise<void> {
  const attributes = ['onload', 'onerror', 'onfocus', 'ontoggle', 'onmouseover'].map((name) => `[${name}]`)
  const found: string[] = []
  for (const selector of [...HOSTILE, ...attributes])
    if ((await page.locator(selector).count()) > 0) found.push(selector)
  expect(found).toEqual([])
}
