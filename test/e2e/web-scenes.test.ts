/**
 * The page in a real browser against a scripted peer, which fails on demand: sending, scrolling, losing the connection,
 * many tabs, keys.
 */
import { expect, onTestFinished, test } from 'vitest'
import { ScriptedPeer, type ScriptedPeerOptions } from '../../scripts/web/scripted-peer.ts'
import { BOB, directWith, LINES, manyLines, YUKI, ZOE } from '../../scripts/web/world.ts'
import { textOf } from '../../src/chat/content.ts'
import { browsing, isIn, shown, until, write } from './web-support.ts'
import type { BrowserContext, Page } from 'playwright-core'

// Refusals and lost answers belong to these tests.
const { pages, open, context } = browsing((complaint) => /Failed to load resource|net::ERR_/.test(complaint))

const OLDER_THAN_THE_REST = 4 * 24 * 60

interface Scene {
  readonly peer: ScriptedPeer
  readonly browser: BrowserContext
  readonly page: Page
}

/** Long timers never fire: the page retries only when a test tells it to, so no test depends on speed. */
const ONLY_WHEN_TOLD = `
  const wait = window.setTimeout
  window.setTimeout = (task, ms, ...more) => wait(task, ms >= 500 ? 3_600_000 : ms, ...more)`

/** A new peer with so many older messages, and its page, in which `script` runs first. */
async function scene(messages = 0, script?: string, more: ScriptedPeerOptions = {}): Promise<Scene> {
  const lines = [...manyLines(messages, OLDER_THAN_THE_REST), ...LINES]
  const peer = await ScriptedPeer.start({ lines, pages: pages(), ...more })
  onTestFinished(() => peer.stop())
  const browser = await context()
  if (script !== undefined) await browser.addInitScript(script)
  const page = await open(peer, browser)
  await page.locator('.message').first().waitFor()
  // The page scrolls to its end when it has its first messages.
  await until(() => fromEnd(page), 0)
  return { peer, browser, page }
}

async function lastTexts(page: Page, count: number): Promise<readonly string[]> {
  return (await shown(page)).slice(-count)
}

function own(peer: ScriptedPeer): string[] {
  return peer.chat.ownMessages.map(({ message }) => textOf(message.content))
}

/** Evaluates an expression in the page, where `log` is the log and `composer` the text field. */
function inPage(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(expression)
}

/** Messages in browser storage. */
function kept(page: Page): Promise<unknown> {
  return inPage(page, "Object.keys(localStorage).filter((key) => key.startsWith('parley.outgoing.')).length")
}

/** Pixels from the visible part of the log to its end. */
function fromEnd(page: Page): Promise<unknown> {
  return inPage(page, 'Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)')
}

function focused(page: Page): Promise<unknown> {
  return inPage(page, 'document.activeElement.id')
}

/** The first visible row and its position in pixels. */
async function place(page: Page): Promise<string> {
  const seen = await inPage(
    page,
    `(() => {
      const edge = log.getBoundingClientRect().top
      const row = [...log.querySelectorAll('.message')].find((one) => one.getBoundingClientRect().bottom > edge)
      return row.dataset.key + ' ' + Math.round(row.getBoundingClientRect().top - edge)
    })()`,
  )
  return String(seen)
}

// --- writing ------------------------------------------------------------------------------------------

test('opening: the token leaves the address, the focus is in the composer', async () => {
  const { page } = await scene()
  expect(page.url()).not.toContain('token')
  await until(() => focused(page), 'composer')
  expect(await page.title()).toBe('#general · Parley')
  await until(() => fromEnd(page), 0)
})

test('sending: in the log at once, delivered a moment later', async () => {
  const { page, peer } = await scene()
  await write(page, 'hello')
  await until(() => lastTexts(page, 1), ['hello'])
  await until(() => page.locator('.message').last().locator('.fate').textContent(), '✓ delivered 5/5')
  expect(own(peer).at(-1)).toBe('hello')
  expect(peer.chat.ownMessages.at(-1)?.message.id).toMatch(/^[0-9a-f]{16}$/)
  expect(await page.inputValue('#composer')).toBe('')
  await write(page, '/me waves')
  await until(async () => (await lastTexts(page, 1)).map((text) => text.trim()), ['* Alice waves'])
})

test('thirty messages in a row arrive in order, each once', async () => {
  const { page, peer } = await scene()
  const all = Array.from({ length: 30 }, (_, index) => `row ${index}`)
  for (const text of all) await write(page, text)
  await until(() => own(peer).filter((text) => text.startsWith('row')), all)
  await until(async () => (await shown(page)).filter((text) => text.startsWith('row')), all)
})

test('refused and failed messages say why, and can be retried', async () => {
  const { page, peer } = await scene()
  await write(page, 'REFUSE me')
  const row = page.locator('.message').last()
  await until(() => row.locator('.fate > span').textContent(), '✗ This peer does not like this text.')
  await row.getByRole('button', { name: 'Delete' }).click()
  await write(page, 'FAIL once')
  await write(page, 'FAIL twice')
  await page.locator('.failures').waitFor()
  await until(() => page.locator('.fate-failed').count(), 3)
  await page.getByRole('button', { name: 'Retry all' }).click()
  await until(() => page.locator('.fate-failed').count(), 0)
  expect(peer.network.requests).toContain('POST /api/retry')
})

test('a mistyped command is never sent; its complaint goes with the next command that works; everything else is text', async () => {
  const { page, peer } = await scene()
  const complaint = page.locator('.complaint')
  for (const draft of ['/jion #tea', '/nick']) {
    await write(page, draft)
    const words = draft === '/nick' ? 'Something is missing: /nick name' : /Did you mean \/join\?/
    await complaint.getByText(words).waitFor()
    expect(await page.inputValue('#composer')).toBe(draft)
  }
  expect(await complaint.count()).toBe(1)
  expect(await page.getAttribute('#composer', 'aria-describedby')).toContain('complaint')
  expect(peer.network.requests).not.toContain('POST /api/messages')
  const texts = ['#1 reason', 'POST offices are closed', '/etc/hosts is it', '//quit', '  indented']
  for (const text of texts) await write(page, text)
  await until(() => complaint.count(), 0)
  await until(
    () => own(peer).slice(-5),
    ['#1 reason', 'POST offices are closed', '/etc/hosts is it', '/quit', '  indented'],
  )
  await isIn(page, '#general')
})

test('a problem in a dialog stands at its field, which has the focus', async () => {
  const { page, peer } = await scene()
  const problem = page.locator('dialog .problem:not(:empty)')
  const field = page.getByLabel('Name of the channel')
  await page.getByRole('button', { name: 'Join a channel' }).click()
  for (const [written, words] of [
    ['', 'Write the name of a channel, such as #homework.'],
    ['what?', 'A channel name has only letters, digits, “_”, “.” and “-”. Take out “?”.'],
  ] as const) {
    await field.fill(written)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await until(() => problem.allTextContents(), [words])
    await until(
      () => field.evaluate('document.activeElement.matches("[aria-invalid=true][aria-describedby]")'),
      true,
    )
  }
  peer.network.refusals.set('/api/channels', {
    status: 429,
    error: 'too_many_channels',
    detail: 'part from a channel first',
  })
  await field.fill('math 101')
  await page.keyboard.press('Enter')
  await until(() => problem.allTextContents(), ['You are in too many channels. Leave one first.'])
  peer.network.refusals.clear()
  await page.keyboard.press('Enter')
  await isIn(page, '#math-101')
  await page.locator('.own-profile-button').click()
  await page.getByLabel('Name', { exact: true }).fill('')
  await page.getByLabel('Status').fill('x'.repeat(200))
  await page.getByRole('button', { name: 'Save' }).click()
  await until(() => problem.allTextContents(), ['Write the name that others see.'])
  await page.getByLabel('Name', { exact: true }).fill('Alicia')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(() => problem.allTextContents(), ['This status is too long. Take out 40 characters.'])
  const text = { name: 'me.txt', mimeType: 'text/plain', buffer: Buffer.from('not a picture') }
  await page.setInputFiles('input[type=file]', text)
  await until(
    () => page.locator('.picture-field .problem').textContent(),
    'This file is not a picture. Choose a PNG, JPEG, GIF or WebP file.',
  )
  await page.getByLabel('Status').fill('in the lab')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(() => page.locator('dialog').count(), 0)
  await until(() => page.locator('.own-profile .name').textContent(), 'Alicia')
  await page.keyboard.press('Control+Shift+F')
  peer.network.refusals.set('/api/search', { status: 507, error: 'disk_full', detail: 'no space is left' })
  await page.getByLabel('Words').fill('tea')
  await until(() => problem.allTextContents(), ['No space is left.'])
  expect(await page.getByLabel('Words').getAttribute('aria-invalid')).toBe('true')
  expect(await page.locator('.notice, .complaint').count()).toBe(0)
})

test('commands: join, message to one person, part, name', async () => {
  const { page, peer } = await scene()
  await write(page, '/join #Garden')
  await isIn(page, '#garden')
  await write(page, '/part')
  await isIn(page, '#general')
  await write(page, `/msg ${YUKI.peer.name} hello there`)
  await isIn(page, YUKI.peer.name)
  await until(() => lastTexts(page, 1), ['hello there'])
  await write(page, '/nick Alicia')
  await until(() => page.locator('.own-profile .name').textContent(), 'Alicia')
  expect(peer.chat.ownMessages.at(-1)?.conversation).toBe(directWith(YUKI))
})

test('Enter that ends a composition does not send', async () => {
  const { page, peer } = await scene()
  await page.fill('#composer', 'にほん')
  await inPage(
    page,
    `for (const event of [
      new CompositionEvent('compositionstart', { bubbles: true }),
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true }),
      new CompositionEvent('compositionend', { bubbles: true }),
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }),
    ]) composer.dispatchEvent(event)`,
  )
  expect(await page.inputValue('#composer')).toBe('にほん')
  expect(peer.network.requests).not.toContain('POST /api/messages')
})

test('Shift-Enter adds a line, and the composer grows', async () => {
  const { page, peer } = await scene()
  const height = async (): Promise<number> => Number(await inPage(page, 'composer.clientHeight'))
  const before = await height()
  await page.focus('#composer')
  await page.keyboard.type('one')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('two')
  await until(async () => (await height()) > before, true)
  await until(() => fromEnd(page), 0)
  await page.keyboard.press('Enter')
  await until(() => own(peer).at(-1), 'one\ntwo')
  await until(height, before)
})

test('each conversation keeps its draft, also over a reload', async () => {
  const { page } = await scene()
  await page.fill('#composer', 'half a thought')
  await page.keyboard.press('Alt+ArrowDown')
  await isIn(page, '#ops')
  expect(await page.inputValue('#composer')).toBe('')
  await page.fill('#composer', 'another')
  await page.reload()
  await until(() => page.inputValue('#composer'), 'another')
  await page.goBack()
  await until(() => page.inputValue('#composer'), 'half a thought')
})

test('completion: people, channels, commands', async () => {
  const { page } = await scene()
  await page.focus('#composer')
  await page.keyboard.type('hello @bo')
  await page.getByRole('option').first().waitFor()
  expect(await page.getAttribute('#composer', 'aria-haspopup')).toBe('listbox')
  await page.keyboard.press('Tab')
  await until(() => page.inputValue('#composer'), 'hello @Bob ')
  await page.fill('#composer', '')
  await page.keyboard.type('/')
  await until(() => page.getByRole('option').count(), 8)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await until(() => page.inputValue('#composer'), '/msg ')
  await page.keyboard.type('@')
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.getByRole('option').count(), 0)
  expect(await page.inputValue('#composer')).toBe('/msg @')
})

// --- reading ------------------------------------------------------------------------------------------

test('unread: badge, title and line; read when seen, also at the peer', async () => {
  const { page, peer } = await scene()
  peer.chat.hear({ from: BOB, text: 'and another thing', ago: 0, conversation: 'ops' })
  const last = peer.chat.hear({ from: ZOE, text: 'Alice?', ago: 0, conversation: 'ops' })
  await until(() => page.title(), '(2!) #general · Parley')
  const link = page.locator('.navigation a', { hasText: '#ops' })
  await until(() => link.locator('.badge').allTextContents(), ['@1, 1 for you', '2, 2 unread'])
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await isIn(page, '#ops')
  await page.locator('.line-unread').waitFor()
  await until(() => page.title(), '#ops · Parley')
  await until(() => link.locator('.badge').count(), 0)
  await until(() => peer.chat.readUpTo('ops'), last.receivedAt)
})

test('what is read in one browser is read in another', async () => {
  const { page, peer } = await scene()
  const other = await open(peer)
  for (const one of [page, other]) await until(() => one.title(), '#general · Parley')
  peer.chat.hear({ from: BOB, text: 'look here', ago: 0, conversation: 'ops' })
  for (const one of [page, other]) await until(() => one.title(), '(1) #general · Parley')
  await page.keyboard.press('Alt+ArrowDown')
  for (const [one, title] of [
    [page, '#ops · Parley'],
    [other, '#general · Parley'],
  ] as const)
    await until(() => one.title(), title)
  const third = await open(peer)
  await until(() => third.title(), '#general · Parley')
  expect(await third.locator('.badge').count()).toBe(0)
})

test('messages that arrive while the user looks are read, without a line', async () => {
  const { page, peer } = await scene()
  await until(() => page.evaluate<boolean>('document.hasFocus()'), true)
  peer.chat.hear({ from: BOB, text: 'look', ago: 0 })
  await until(() => lastTexts(page, 1), ['look'])
  expect(await page.locator('.line-unread').count()).toBe(0)
  await until(() => page.title(), '#general · Parley')
  await until(() => fromEnd(page), 0)
})

test('only new messages are announced', async () => {
  const { page, peer } = await scene()
  const said = page.locator('[data-announcement]')
  await write(page, 'my own words')
  await until(() => lastTexts(page, 1), ['my own words'])
  peer.chat.hear({ from: BOB, text: 'hear me', ago: 0 })
  await until(() => said.textContent(), 'Bob: hear me')
  for (let index = 0; index < 5; index++) peer.chat.hear({ from: BOB, text: `burst ${index}`, ago: 0 })
  await until(() => said.textContent(), '5 new messages in #general')
  await page.keyboard.press('Alt+ArrowDown')
  await isIn(page, '#ops')
  expect(await said.textContent()).toBe('5 new messages in #general')
})

test('new and loaded messages do not move a log that is scrolled up', async () => {
  const { page, peer } = await scene(2_000)
  await inPage(page, 'log.scrollTop = log.scrollHeight / 2')
  await page.locator('.jump-button').waitFor()
  const before = await place(page)
  // Close enough to the top that more is loaded.
  const loaded = (): number =>
    peer.network.requests.filter((request) => request === 'GET /api/messages').length
  const pagesBefore = loaded()
  await inPage(page, 'log.scrollTop = 500')
  const above = await place(page)
  expect(above).not.toBe(before)
  await until(() => loaded() > pagesBefore, true)
  await until(async () => (await page.locator('.message').count()) > 100, true)
  peer.chat.hear({ from: BOB, text: 'far below', ago: 0 })
  await until(() => page.locator('.jump-button').textContent(), '1 new ↓')
  expect(await place(page)).toBe(above)
  await page.locator('.jump-button').click()
  await until(() => lastTexts(page, 1), ['far below'])
  await until(() => fromEnd(page), 0)
  await until(() => page.locator('.jump-button').count(), 0)
})

test('scrolling up thousands of messages keeps few nodes in the document', async () => {
  const { page } = await scene(1_500)
  await page.evaluate(`new Promise((done) => {
    const step = () => {
      log.scrollTop = 0
      if (document.querySelector('.beginning')) done()
      else setTimeout(() => requestAnimationFrame(step), 5)
    }
    step()
  })`)
  expect((await shown(page))[0]).toMatch(/^message 1 /)
  expect(await page.locator('.message').count()).toBeLessThanOrEqual(200)
})

test('Esc goes back to the end', async () => {
  const { page } = await scene(500)
  await inPage(page, 'log.scrollTop -= 400')
  await page.locator('.jump-button').waitFor()
  await page.keyboard.press('Escape')
  await until(() => fromEnd(page), 0)
  await until(() => page.locator('.jump-button').count(), 0)
})

/** Clicks the oldest search result. */
async function goToFound(page: Page, words: string): Promise<string> {
  await page.keyboard.press('Control+Shift+F')
  await page.locator('[aria-label=Words]').fill(words)
  await page.locator('.found-button', { hasText: words }).last().click()
  await page.locator('.message.is-found').waitFor()
  return (await page.locator('.is-found .text').textContent()) ?? ''
}

test('search shows an old message among those around it', async () => {
  const { page, peer } = await scene(20_000)
  expect(await goToFound(page, 'message 2222')).toMatch(/^message 2222/)
  const before = peer.network.requests.filter((request) => request === 'GET /api/messages').length
  expect(before, 'pages that were asked for').toBeLessThan(20)
  const texts = (): Promise<readonly string[]> => shown(page)
  expect(await texts()).toEqual(expect.arrayContaining(['message 2221', 'message 2223']))
  expect(await page.locator('.is-found').isVisible()).toBe(true)
  // New messages are below and move nothing.
  peer.chat.hear({ from: BOB, text: 'far below', ago: 0 })
  await until(() => page.locator('.jump-button').textContent(), '1 new ↓')
  expect(await page.locator('.is-found').isVisible()).toBe(true)
  expect(await texts()).not.toContain('far below')
  // Scrolling down loads more; one click leads to the newest.
  await until(async () => {
    await inPage(page, 'log.scrollTop = log.scrollHeight')
    return (await texts()).includes('message 2400')
  }, true)
  await page.locator('.jump-button').click()
  await until(() => lastTexts(page, 1), ['far below'])
  await until(() => fromEnd(page), 0)
  await until(() => page.locator('.jump-button').count(), 0)
})

test('an excerpt that is scrolled down to its end joins the newest messages', async () => {
  const { page, peer } = await scene(400)
  expect(await goToFound(page, 'message 22')).toMatch(/^message 22/)
  await until(async () => {
    await inPage(page, 'log.scrollTop = log.scrollHeight')
    return await page.locator('.jump-button').count()
  }, 0)
  peer.chat.hear({ from: BOB, text: 'and on it goes', ago: 0 })
  await until(() => lastTexts(page, 2), ['Found it. Thank you both 🙏', 'and on it goes'])
})

test('writing while an excerpt is shown goes to the end', async () => {
  const { page } = await scene(5_000)
  await goToFound(page, 'message 222')
  await write(page, 'I agree')
  await until(() => lastTexts(page, 1), ['I agree'])
  await until(() => fromEnd(page), 0)
})

test('several copied messages have time and author; a part of one is copied as it is', async () => {
  const { page } = await scene()
  const copied = (first: number, last: number): Promise<unknown> =>
    inPage(
      page,
      `(() => {
        const texts = [...document.querySelectorAll('#log .message .text')]
        getSelection().setBaseAndExtent(texts.at(${first}).firstChild, 2, texts.at(${last}).lastChild, 3)
        const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })
        log.dispatchEvent(event)
        return event.defaultPrevented ? event.clipboardData.getData('text/plain') : 'as the browser does'
      })()`,
    )
  expect(await copied(-2, -1)).toMatch(
    /^\[\d\d:\d\d\] Bob: שלום! مرحبا! Hello in three directions 👋🏽\n\[\d\d:\d\d\] Bob: Found it\. Thank you both 🙏$/,
  )
  expect(await copied(-1, -1)).toBe('as the browser does')
})

// --- a connection that breaks -------------------------------------------------------------------------

test('without a connection messages are kept, then sent once, in order', async () => {
  const { page, peer } = await scene(0, ONLY_WHEN_TOLD)
  await peer.network.unplug()
  await page.locator('.banner-error').waitFor()
  await write(page, 'first while away')
  await write(page, 'second while away')
  await until(
    () => page.locator('.fate-waiting').last().textContent(),
    '… kept here until the connection is back',
  )
  await peer.network.plugIn()
  await page.getByRole('button', { name: 'Try now' }).click()
  const sent = ['first while away', 'second while away']
  await until(() => own(peer).slice(-2), sent)
  await until(() => page.locator('.banner-error').count(), 0)
  await until(() => lastTexts(page, 2), sent)
})

test('messages and drafts outlive the tab: the next one, at a new address, sends them once', async () => {
  const { page, peer, browser } = await scene(0, ONLY_WHEN_TOLD)
  await peer.network.unplug()
  await page.locator('.banner-error').waitFor()
  await write(page, 'kept until then?')
  await until(() => kept(page), 1)
  await page.fill('#composer', 'and half a')
  await page.close({ runBeforeUnload: true })
  await peer.restart()
  const next = await open(peer, browser)
  await until(() => own(peer).filter((text) => text === 'kept until then?'), ['kept until then?'])
  await until(() => next.inputValue('#composer'), 'and half a')
  await until(() => kept(next), 0)
  await next.reload()
  await until(() => lastTexts(next, 1), ['kept until then?'])
  expect(own(peer).filter((text) => text === 'kept until then?')).toHaveLength(1)
})

test('a browser without storage: the page says so, and asks before the tab is closed', async () => {
  const { page, peer } = await scene(
    0,
    `${ONLY_WHEN_TOLD}
    Storage.prototype.setItem = () => { throw new Error('forbidden') }`,
  )
  await peer.network.unplug()
  await page.locator('.banner-error').waitFor()
  await write(page, 'only in this tab')
  await until(
    () => page.locator('.fate-waiting').last().textContent(),
    '… waits for the connection; it is lost if this tab is closed',
  )
  await page.getByText('Keep the tab open').waitFor()
  const holds = `(() => {
    const event = new Event('beforeunload', { cancelable: true })
    window.dispatchEvent(event)
    return event.defaultPrevented
  })()`
  expect(await inPage(page, holds)).toBe(true)
  await peer.network.plugIn()
  await page.getByRole('button', { name: 'Try now' }).click()
  await until(() => own(peer).at(-1), 'only in this tab')
  await until(() => inPage(page, holds), false)
})

test('a lost answer: the message is sent again and stays one', async () => {
  const { page, peer } = await scene()
  peer.network.loseAnswers = 2
  await write(page, 'only once')
  await write(page, 'and then')
  await until(() => own(peer).slice(-2), ['only once', 'and then'])
  await until(() => lastTexts(page, 2), ['only once', 'and then'])
  await until(() => kept(page), 0)
  expect(own(peer).filter((text) => text === 'only once')).toHaveLength(1)
  await until(async () => (await shown(page)).filter((text) => text === 'only once').length, 1)
})

test('after lost events the open conversation is loaded again', async () => {
  const { page, peer } = await scene(0, ONLY_WHEN_TOLD, { feed: { ring: 2 } })
  await peer.network.unplug()
  await page.locator('.banner-error').waitFor()
  for (let index = 0; index < 3; index++) peer.chat.hear({ from: BOB, text: `meanwhile ${index}`, ago: 0 })
  await peer.network.plugIn()
  await page.getByRole('button', { name: 'Try now' }).click()
  await until(() => lastTexts(page, 3), ['meanwhile 0', 'meanwhile 1', 'meanwhile 2'])
})

test('a restarted peer: the page says where to find the new address', async () => {
  const { page, peer } = await scene()
  await peer.restart()
  await page.locator('.needs-token').waitFor()
  await page.goto(peer.url)
  await page.locator('.message').first().waitFor()
})

// --- several tabs -------------------------------------------------------------------------------------

test('eight tabs: one stream, all hear, another one takes over', async () => {
  const { browser, page, peer } = await scene()
  const tabs = [page]
  for (let index = 1; index < 8; index++) {
    const tab = await browser.newPage()
    // Without a token: the tab asks the others.
    await tab.goto(`${peer.origin}/chat`)
    await tab.locator('.message').first().waitFor()
    tabs.push(tab)
  }
  await until(() => peer.streams, 1)
  peer.chat.hear({ from: BOB, text: 'to all tabs', ago: 0 })
  for (const tab of tabs) await until(() => lastTexts(tab, 1), ['to all tabs'])
  await page.close()
  await until(() => peer.streams, 1)
  peer.chat.hear({ from: BOB, text: 'to those that are left', ago: 0 })
  for (const tab of tabs.slice(1)) await until(() => lastTexts(tab, 1), ['to those that are left'])
  const [, second, third] = tabs
  if (second === undefined || third === undefined) throw new Error('there are eight')
  await write(second, 'from the second tab')
  await until(() => lastTexts(third, 1), ['from the second tab'])
})

test('a second tab that is opened while a message waits sends it once', async () => {
  const { browser, page, peer } = await scene()
  await peer.network.unplug()
  await page.locator('.banner-error').waitFor()
  await write(page, 'of both tabs')
  await peer.network.plugIn()
  peer.network.refusals.set('/api/messages', { status: 429, error: 'busy', detail: 'too many' })
  const other = await browser.newPage()
  await other.goto(peer.url)
  await until(() => lastTexts(other, 1), ['of both tabs'])
  peer.network.refusals.clear()
  await page.getByRole('button', { name: 'Try now' }).or(page.locator('#composer')).first().click()
  for (const tab of [page, other]) {
    await until(() => kept(tab), 0)
    await until(() => tab.locator('.message.is-own').last().locator('.fate').textContent(), '✓ delivered 5/5')
  }
  expect(own(peer).filter((text) => text === 'of both tabs')).toHaveLength(1)
})

test('without locks each tab has a stream, a hidden one none', async () => {
  const { browser, peer } = await scene()
  await browser.addInitScript(`
    Object.defineProperty(navigator, 'locks', { value: undefined })
    Object.defineProperty(document, 'visibilityState', { get: () => window.isAway ? 'hidden' : 'visible' })
    window.look = (isAway) => { window.isAway = isAway; document.dispatchEvent(new Event('visibilitychange')) }`)
  await until(() => peer.streams, 1)
  const tab = await browser.newPage()
  await tab.goto(peer.url)
  await tab.locator('.message').first().waitFor()
  await until(() => peer.streams, 2)
  await inPage(tab, 'look(true)')
  await until(() => peer.streams, 1)
  peer.chat.hear({ from: BOB, text: 'while you were away', ago: 0 })
  await inPage(tab, 'look(false)')
  await until(() => lastTexts(tab, 1), ['while you were away'])
  await until(() => peer.streams, 2)
})

// --- keys, links, pictures ----------------------------------------------------------------------------

test('keys: switcher, regions, keys, conversations', async () => {
  const { page } = await scene()
  await until(() => focused(page), 'composer')
  await page.keyboard.press('Control+k')
  await page.locator('dialog input').fill('tea')
  await until(() => page.locator('dialog [role=option]').count(), 1)
  await page.keyboard.press('Enter')
  await isIn(page, '#tea')
  await until(() => focused(page), 'composer')
  for (const region of ['details', 'navigation', 'log', 'composer']) {
    await page.keyboard.press('F6')
    await until(() => focused(page), region)
  }
  await page.keyboard.press('Control+/')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.locator('dialog').count(), 0)
  await until(() => focused(page), 'composer')
})

test('by keyboard alone: join a channel, write a message, write to a person', async () => {
  const { page, peer } = await scene()
  await page.mouse.move(0, 0)
  await page.locator('#composer').focus()
  await page.keyboard.press('F6')
  await page.keyboard.press('F6')
  const name = (): Promise<unknown> =>
    inPage(page, 'document.activeElement.ariaLabel ?? document.activeElement.textContent')
  await until(async () => {
    await page.keyboard.press('Tab')
    return await name()
  }, 'Join a channel')
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.type('#garden')
  await page.keyboard.press('Enter')
  await isIn(page, '#garden')
  await until(() => focused(page), 'composer')
  await page.keyboard.type('green here')
  await page.keyboard.press('Enter')
  await until(() => own(peer).at(-1), 'green here')
  await page.keyboard.press('Control+k')
  await page.locator('dialog input').waitFor()
  await page.keyboard.type(YUKI.peer.name)
  await until(() => page.locator('dialog [role=option]').count(), 1)
  await page.keyboard.press('Enter')
  await isIn(page, YUKI.peer.name)
  await until(() => focused(page), 'composer')
  await page.keyboard.type('for you')
  await page.keyboard.press('Enter')
  await until(() => peer.chat.ownMessages.at(-1)?.conversation, directWith(YUKI))
})

test('one Esc closes the search, also with words in it', async () => {
  const { page } = await scene()
  await page.keyboard.press('Control+Shift+F')
  await page.getByLabel('Words').fill('calibration')
  await page.locator('.found-button').first().waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.locator('dialog').count(), 0)
  await until(() => focused(page), 'composer')
})

test('a dialog that is opened right after Esc stays open', async () => {
  const { page } = await scene()
  await page.keyboard.press('Control+k')
  await page.locator('dialog[open]').waitFor()
  // Both keys in one task: the close event of the first dialog comes after the second is opened.
  await inPage(
    page,
    `document.querySelector('dialog').close()
    document.dispatchEvent(new KeyboardEvent('keydown', { key: '/', ctrlKey: true, bubbles: true }))`,
  )
  await page.locator('dialog .keys').waitFor()
  await inPage(page, 'new Promise((done) => setTimeout(() => requestAnimationFrame(done), 50))')
  expect(await page.locator('dialog .keys').count()).toBe(1)
})

test('links: web and mail only, without a referrer', async () => {
  const { page, peer } = await scene()
  peer.chat.hear({
    from: BOB,
    ago: 0,
    text: 'javascript:alert(1) data:text/html,x http://a.example/1). HTTPS://B.example <a href=x> http://u:p@evil.example bob@c.example http://bücher.example',
  })
  const links = page.locator('.message').last().locator('a')
  await until(
    () => links.allTextContents(),
    ['http://a.example/1', 'HTTPS://B.example', 'bob@c.example', 'http://bücher.example'],
  )
  await until(() => page.locator('.link-host').textContent(), ' (xn--bcher-kva.example)')
  expect(await links.first().getAttribute('rel')).toBe('noopener noreferrer nofollow')
  expect(await links.first().getAttribute('target')).toBe('_blank')
})

test('a picture is made small before it is sent, and can be removed', async () => {
  const { page, peer } = await scene()
  const drawn: unknown = await page.evaluate(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 800
    canvas.height = 600
    const context = canvas.getContext('2d')
    for (let x = 0; x < 800; x += 8) for (let y = 0; y < 600; y += 8) {
      context.fillStyle = 'hsl(' + ((x * y) % 360) + ' 70% 50%)'
      context.fillRect(x, y, 8, 8)
    }
    return canvas.toDataURL('image/png').split(',')[1]
  })()`)
  await page.locator('.own-profile-button').click()
  expect(await page.getByRole('button', { name: 'Remove picture' }).count(), 'none to remove').toBe(0)
  const buffer = Buffer.from(String(drawn), 'base64')
  await page.setInputFiles('input[type=file]', { name: 'me.png', mimeType: 'image/png', buffer })
  await page.getByText('Your picture is changed.').waitFor()
  const bytes = Buffer.from(peer.chat.profileOf(undefined).avatar?.data ?? '', 'base64').length
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThanOrEqual(20 * 1024)
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')
  await page.setInputFiles('input[type=file]', { name: 'me.png', mimeType: 'image/png', buffer: svg })
  await page.getByText('This file is not a picture.').waitFor()
  await page.getByText('Your picture is as it was.').waitFor()
  await page.getByRole('button', { name: 'Remove picture' }).click()
  await page.getByText('Your picture is removed.').waitFor()
  expect(peer.chat.profileOf(undefined).avatar).toBeUndefined()
  await until(() => page.locator('.own-profile-button img').count(), 0)
})
