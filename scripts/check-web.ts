/**
 * Tries the built page in a real browser against a stand-in for a peer: sending, scrolling, losing the connection,
 * many tabs, keys. Exit status 1 when something is not as it should be.
 *
 *   npm run check:web -- [WORDS]     only those whose names contain the words
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launch, watchErrors, watchRequests } from './web/browser.ts'
import { Checks, equal, until } from './web/checks.ts'
import { longTasksOf } from './web/long-tasks.ts'
import { FakePeer, refused } from './web/fake-peer.ts'
import { BOB, LINES, manyLines, YUKI, ZOE } from './web/fake-world.ts'

const OLDER_THAN_THE_REST = 4 * 24 * 60
const WIDE = { width: 1280, height: 800 }

interface Scene {
  readonly peer: FakePeer
  readonly context: BrowserContext
  readonly page: Page
}

const wanted = process.argv.slice(2).join(' ')
const checks = new Checks()
const browser: Browser = await launch()

/** A peer and a page of its own for each check; afterwards there must be no error and no request elsewhere. */
async function scene(name: string, work: (scene: Scene) => Promise<void>, messages = 0): Promise<void> {
  if (!name.includes(wanted)) return
  await checks.check(name, async () => {
    const peer = await FakePeer.start({ lines: [...manyLines(messages, OLDER_THAN_THE_REST), ...LINES] })
    const context = await browser.newContext({ viewport: WIDE })
    const [errors, strangers]: [string[], string[]] = [[], []]
    context.on('page', (page) => {
      watchErrors(page, errors)
    })
    watchRequests(context, peer.origin, strangers)
    try {
      const page = await context.newPage()
      await page.goto(peer.url)
      await page.waitForSelector('.message')
      await work({ peer, context, page })
      equal(errors, [])
      equal(strangers, [])
    } finally {
      await context.close()
      await peer.stop()
    }
  })
}

async function write(page: Page, text: string): Promise<void> {
  await page.fill('#composer', text)
  await page.press('#composer', 'Enter')
}

function texts(page: Page): Promise<string[]> {
  return page.locator('.message .text').allTextContents()
}

async function lastTexts(page: Page, count: number): Promise<string[]> {
  return (await texts(page)).slice(-count)
}

function own(peer: FakePeer): string[] {
  return peer.messages.filter((message) => message.own).map(({ text }) => text)
}

/** An expression of the page, in which `log` is the log and `composer` the text field. */
function inPage(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(expression)
}

/** Pixels between the end of the log and what is seen. */
function fromEnd(page: Page): Promise<unknown> {
  return inPage(page, 'Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)')
}

/** What it gives when it has given the same for half a second. */
async function settled(seen: () => Promise<string>): Promise<string> {
  let last = ''
  for (let same = 0; same < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const next = await seen()
    same = next === last ? same + 1 : 0
    last = next
  }
  return last
}

await scene('opening: the token leaves the address, the focus is in the composer', async ({ page, peer }) => {
  equal(page.url().includes(peer.token), false)
  equal(await inPage(page, 'document.activeElement.id'), 'composer')
  equal(await page.title(), '#general · Parley')
  await until(() => fromEnd(page), 0)
})

await scene('sending: there at once, delivered a moment later', async ({ page, peer }) => {
  await write(page, 'hello')
  await until(() => lastTexts(page, 1), ['hello'])
  await until(() => page.locator('.message').last().locator('.fate').textContent(), '✓ delivered 5/5')
  equal(own(peer).at(-1), 'hello')
  equal(await page.inputValue('#composer'), '')
  await write(page, '/me waves')
  await until(async () => (await lastTexts(page, 1)).map((text) => text.trim()), ['* Alice waves'])
})

await scene('a hundred messages in a row arrive in order, each once', async ({ page, peer }) => {
  const all = Array.from({ length: 100 }, (_, index) => `row ${index}`)
  for (const text of all) await write(page, text)
  await until(() => own(peer).filter((text) => text.startsWith('row')), all, 15_000)
  await until(async () => (await texts(page)).filter((text) => text.startsWith('row')), all)
})

await scene('refused and failed messages say why, and go again', async ({ page, peer }) => {
  await write(page, 'REFUSE me')
  const row = page.locator('.message').last()
  await until(() => row.locator('.fate > span').textContent(), '✗ this peer does not like this text')
  await row.getByRole('button', { name: 'Delete' }).click()
  await write(page, 'FAIL once')
  await write(page, 'FAIL twice')
  await page.waitForSelector('.failures')
  await page.getByRole('button', { name: 'Retry all' }).click()
  await until(() => page.locator('.fate-failed').count(), 0)
  equal(peer.requests.includes('POST /api/retry'), true)
})

await scene('an unknown command is never sent', async ({ page, peer }) => {
  await write(page, '/jion #tea')
  await page.waitForSelector('.notice-error')
  equal(await page.inputValue('#composer'), '/jion #tea')
  equal(peer.requests.includes('POST /api/messages'), false)
})

await scene('commands: join, message to one person, part, name', async ({ page, peer }) => {
  await write(page, '/join #Garden')
  await until(() => page.locator('h1').textContent(), '#garden')
  await write(page, '/part')
  await until(() => page.locator('h1').textContent(), '#general')
  await write(page, `/msg ${YUKI.name} hello there`)
  await until(() => page.locator('h1').textContent(), YUKI.name)
  await until(() => lastTexts(page, 1), ['hello there'])
  await write(page, '/nick Alicia')
  await until(() => page.locator('.own-profile .name').textContent(), 'Alicia')
  equal(peer.messages.at(-1)?.conversation, `@${YUKI.id}`)
})

await scene('a composed character is not sent with Enter', async ({ page, peer }) => {
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
  equal(await page.inputValue('#composer'), 'にほん')
  equal(peer.requests.includes('POST /api/messages'), false)
})

await scene('Shift-Enter makes a line, the composer grows', async ({ page, peer }) => {
  const height = (): Promise<unknown> => inPage(page, 'composer.clientHeight')
  const before = await height()
  await page.focus('#composer')
  await page.keyboard.type('one')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('two')
  equal(Number(await height()) > Number(before), true)
  await until(() => fromEnd(page), 0)
  await page.keyboard.press('Enter')
  await until(() => own(peer).at(-1), 'one\ntwo')
  await until(height, before)
})

await scene('drafts are kept for each conversation, over a reload too', async ({ page }) => {
  await page.fill('#composer', 'half a thought')
  await page.keyboard.press('Alt+ArrowDown')
  await until(() => page.locator('h1').textContent(), '#ops')
  equal(await page.inputValue('#composer'), '')
  await page.fill('#composer', 'another')
  await page.reload()
  await until(() => page.inputValue('#composer'), 'another')
  await page.goBack()
  await until(() => page.inputValue('#composer'), 'half a thought')
})

await scene('completion: people, channels, commands', async ({ page }) => {
  await page.focus('#composer')
  await page.keyboard.type('hello @bo')
  await page.waitForSelector('[role=option]')
  equal(await page.getAttribute('#composer', 'aria-haspopup'), 'listbox')
  await page.keyboard.press('Tab')
  equal(await page.inputValue('#composer'), 'hello @Bob ')
  await page.fill('#composer', '')
  await page.keyboard.type('/')
  await until(() => page.getByRole('option').count(), 8)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  equal(await page.inputValue('#composer'), '/msg ')
  await page.keyboard.type('@')
  await page.keyboard.press('Escape')
  equal(await page.getByRole('option').count(), 0)
  equal(await page.inputValue('#composer'), '/msg @')
})

await scene('unread: badge, title, line, read when seen', async ({ page, peer }) => {
  peer.say({ from: BOB, text: 'and another thing', ago: 0, conversation: 'ops' })
  peer.say({ from: ZOE, text: 'Alice?', ago: 0, conversation: 'ops' })
  await until(() => page.title(), '(2!) #general · Parley')
  const link = page.locator('.navigation a', { hasText: '#ops' })
  await until(() => link.locator('.badge').allTextContents(), ['@1, 1 for you', '2, 2 unread'])
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await until(() => page.locator('h1').textContent(), '#ops')
  await page.waitForSelector('.line-unread')
  await until(() => page.title(), '#ops · Parley')
  await until(() => link.locator('.badge').count(), 0)
})

await scene('what comes while somebody looks is read, without a line', async ({ page, peer }) => {
  peer.say({ from: BOB, text: 'look', ago: 0 })
  await until(() => lastTexts(page, 1), ['look'])
  equal(await page.locator('.line-unread').count(), 0)
  equal(await page.title(), '#general · Parley')
  await until(() => fromEnd(page), 0)
})

await scene('announced: what is new, and nothing else', async ({ page, peer }) => {
  const said = page.locator('[data-spoken]')
  await write(page, 'my own words')
  peer.say({ from: BOB, text: 'hear me', ago: 0 })
  await until(() => said.textContent(), 'Bob: hear me')
  for (let index = 0; index < 5; index++) peer.say({ from: BOB, text: `burst ${index}`, ago: 0 })
  await until(() => said.textContent(), '5 new messages in #general')
  await page.keyboard.press('Alt+ArrowDown')
  await until(() => page.locator('h1').textContent(), '#ops')
  equal(await said.textContent(), '5 new messages in #general')
})

/** The first row that is seen and where it stands, in pixels. */
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

await scene(
  'somebody who reads above is not moved by what comes or is loaded',
  async ({ page, peer }) => {
    await page.hover('#log')
    for (let turns = 0; turns < 20; turns++) await page.mouse.wheel(0, -1_000)
    const before = await settled(() => place(page))
    peer.say({ from: BOB, text: 'far below', ago: 0 })
    await until(() => page.locator('.jump-button').textContent(), '1 new ↓')
    equal(await place(page), before)
    await page.locator('.jump-button').click()
    await until(() => lastTexts(page, 1), ['far below'])
    await until(() => fromEnd(page), 0)
    await until(() => page.locator('.jump-button').count(), 0)
  },
  2_000,
)

await scene(
  'ten thousand messages: few nodes, no task over 50 ms',
  async ({ page }) => {
    const longTasks = await longTasksOf(page, async () => {
      await page.evaluate(`new Promise((done) => {
        const step = () => {
          log.scrollTop = 0
          if (document.querySelector('.beginning')) done()
          else setTimeout(() => requestAnimationFrame(step), 5)
        }
        step()
      })`)
    })
    equal((await texts(page))[0]?.startsWith('message 1 '), true)
    equal((await page.locator('.message').count()) <= 200, true)
    equal(longTasks, [])
  },
  10_000,
)

await scene(
  'older pages by the button keep the place; the end is left and found again',
  async ({ page }) => {
    await inPage(page, 'log.scrollTop -= 400')
    await page.waitForSelector('.jump-button')
    await page.keyboard.press('Escape')
    await until(() => fromEnd(page), 0)
    await until(() => page.locator('.jump-button').count(), 0)
  },
  500,
)

await scene('the connection is lost: kept, then sent in order, once', async ({ page, peer }) => {
  await peer.stop()
  await page.waitForSelector('.banner-error')
  await write(page, 'first while away')
  await write(page, 'second while away')
  await until(
    () => page.locator('.fate-waiting').last().textContent(),
    '… kept here until the connection is back',
  )
  await peer.comeBack()
  await page.getByRole('button', { name: 'Try now' }).click()
  const sent = ['first while away', 'second while away']
  await until(() => own(peer).slice(-2), sent, 20_000)
  await until(() => page.locator('.banner-error').count(), 0)
  await until(() => lastTexts(page, 2), sent)
})

await scene('what was kept outlives a reload', async ({ page, peer }) => {
  peer.refusals.set('/api/messages', refused(429, 'busy', 'too many'))
  await write(page, 'patience')
  await page.waitForTimeout(200)
  peer.refusals.clear()
  await page.reload()
  await until(() => own(peer).filter((text) => text === 'patience'), ['patience'])
})

await scene('an answer is lost: the message is not sent twice', async ({ page, peer }) => {
  peer.loseAnswers = 1
  await write(page, 'only once')
  await write(page, 'and then')
  await until(() => own(peer).slice(-2), ['only once', 'and then'], 10_000)
  await until(() => lastTexts(page, 2), ['only once', 'and then'])
  equal(own(peer).filter((text) => text === 'only once').length, 1)
})

await scene('events that are gone for ever: the open page is loaded again', async ({ page, peer }) => {
  await peer.stop()
  await page.waitForSelector('.banner-error')
  for (let index = 0; index < 3; index++) peer.say({ from: BOB, text: `meanwhile ${index}`, ago: 0 })
  peer.forgetEvents()
  await peer.comeBack()
  await page.getByRole('button', { name: 'Try now' }).click()
  await until(() => lastTexts(page, 3), ['meanwhile 0', 'meanwhile 1', 'meanwhile 2'])
})

await scene(
  'eight tabs: one stream, everybody hears, another takes over',
  async ({ context, page, peer }) => {
    const tabs = [page]
    for (let index = 1; index < 8; index++) {
      const tab = await context.newPage()
      // Without a token: the other tabs know it.
      await tab.goto(`${peer.origin}/chat`)
      await tab.waitForSelector('.message')
      tabs.push(tab)
    }
    equal(peer.streams, 1)
    peer.say({ from: BOB, text: 'to all tabs', ago: 0 })
    for (const tab of tabs) await until(() => lastTexts(tab, 1), ['to all tabs'])
    await page.close()
    await until(() => peer.streams, 1)
    peer.say({ from: BOB, text: 'to those that are left', ago: 0 })
    for (const tab of tabs.slice(1)) await until(() => lastTexts(tab, 1), ['to those that are left'])
    const [, second, third] = tabs
    if (second === undefined || third === undefined) return
    await write(second, 'from the second tab')
    await until(() => lastTexts(third, 1), ['from the second tab'])
  },
)

await scene(
  'a tab that was duplicated while a message waited: it is sent once',
  async ({ context, page, peer }) => {
    await peer.stop()
    await page.waitForSelector('.banner-error')
    await write(page, 'of both tabs')
    const kept = await inPage(page, 'JSON.stringify(sessionStorage)')
    await peer.comeBack()
    peer.refusals.set('/api/messages', refused(429, 'busy', 'too many'))
    const copy = await context.newPage()
    await copy.addInitScript(`Object.assign(sessionStorage, ${String(kept)})`)
    await copy.goto(`${peer.origin}/chat`)
    await copy.waitForSelector('#log')
    peer.refusals.clear()
    for (const tab of [page, copy])
      await until(() => inPage(tab, "sessionStorage.getItem('parley.outgoing')"), '[]', 15_000)
    equal(own(peer).filter((text) => text === 'of both tabs').length, 1)
  },
)

await scene('without locks: each tab has a stream, a hidden one none', async ({ context, peer }) => {
  await context.addInitScript(`
    Object.defineProperty(navigator, 'locks', { value: undefined })
    Object.defineProperty(document, 'visibilityState', { get: () => window.isAway ? 'hidden' : 'visible' })
    window.look = (isAway) => { window.isAway = isAway; document.dispatchEvent(new Event('visibilitychange')) }`)
  const before = peer.streams
  const tab = await context.newPage()
  await tab.goto(peer.url)
  await tab.waitForSelector('.message')
  await until(() => peer.streams, before + 1)
  await inPage(tab, 'look(true)')
  await until(() => peer.streams, before)
  peer.say({ from: BOB, text: 'while you were away', ago: 0 })
  await inPage(tab, 'look(false)')
  await until(() => lastTexts(tab, 1), ['while you were away'])
  await until(() => peer.streams, before + 1)
})

await scene('a peer that was started again: the page says where to look', async ({ page, peer }) => {
  const port = peer.port
  await peer.stop()
  const next = await FakePeer.start({ port, lines: LINES })
  await page.waitForSelector('.needs-token', { timeout: 10_000 })
  await page.goto(next.url)
  await page.waitForSelector('.message')
  await next.stop()
  await peer.comeBack()
})

await scene(
  'search finds, and goes to where it was said',
  async ({ page }) => {
    await page.keyboard.press('Control+Shift+F')
    await page.keyboard.type('message 20 with')
    await until(() => page.locator('.found-button').count(), 0)
    await page.locator('[aria-label=Words]').fill('message 22 with')
    await page.locator('.found-button').last().click()
    await page.waitForSelector('.message.is-found')
    const found = await page.locator('.is-found .text').textContent()
    equal(found?.slice(0, 11), 'message 22 ')
    equal(await page.locator('.is-found').isVisible(), true)
  },
  600,
)

await scene('keys: switcher, regions, keys, conversations', async ({ page }) => {
  await page.keyboard.press('Control+k')
  await page.keyboard.type('tea')
  await page.keyboard.press('Enter')
  await until(() => page.locator('h1').textContent(), '#tea')
  const focused = (): Promise<unknown> => inPage(page, 'document.activeElement.id')
  await until(focused, 'composer')
  for (const region of ['details', 'navigation', 'log', 'composer']) {
    await page.keyboard.press('F6')
    equal(await focused(), region)
  }
  await page.keyboard.press('Control+/')
  await page.waitForSelector('dialog[open]')
  await page.keyboard.press('Escape')
  await until(() => page.locator('dialog').count(), 0)
  await until(focused, 'composer')
})

await scene('links: only http and https, and they tell nothing of us', async ({ page, peer }) => {
  peer.say({
    from: BOB,
    ago: 0,
    text: 'javascript:alert(1) data:text/html,x http://a.example/1). HTTPS://B.example <a href=x>',
  })
  await until(
    () => page.locator('.message').last().locator('a').allTextContents(),
    ['http://a.example/1', 'HTTPS://B.example'],
  )
  const link = page.locator('.message').last().locator('a').first()
  equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow')
  equal(await link.getAttribute('target'), '_blank')
})

await scene('a picture is made small before it is sent', async ({ page, peer }) => {
  const drawn: unknown = await page.evaluate(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 1600
    canvas.height = 1200
    const context = canvas.getContext('2d')
    for (let x = 0; x < 1600; x += 8) for (let y = 0; y < 1200; y += 8) {
      context.fillStyle = 'hsl(' + ((x * y) % 360) + ' 70% 50%)'
      context.fillRect(x, y, 8, 8)
    }
    return canvas.toDataURL('image/png').split(',')[1]
  })()`)
  await page.locator('.own-profile-button').click()
  const buffer = Buffer.from(String(drawn), 'base64')
  await page.setInputFiles('input[type=file]', { name: 'me.png', mimeType: 'image/png', buffer })
  await page.getByText('Your picture is changed.').waitFor()
  const bytes = peer.pictures.get(peer.state.self.picture ?? '')?.bytes.length ?? 0
  equal(bytes > 0 && bytes <= 20 * 1024, true)
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')
  await page.setInputFiles('input[type=file]', { name: 'me.png', mimeType: 'image/png', buffer: svg })
  await page.getByText('Your picture is as it was.').waitFor()
})

await scene('a thousand people and a burst of messages: no task over 50 ms', async ({ page, peer }) => {
  const people = Array.from({ length: 1_000 }, (_, index) => ({
    ...YUKI,
    id: `10.0.${index % 250}.${index}:8000`,
    name: `p${index}`,
  }))
  peer.change({ people })
  await page.getByText('People, 1000 here').waitFor()
  const longTasks = await longTasksOf(page, async () => {
    for (let index = 0; index < 60; index++) {
      peer.say({ from: BOB, text: `burst ${index}`, ago: 0 })
      if (index % 20 === 0) peer.change({ people: people.slice(index) })
      await page.waitForTimeout(50)
    }
    await until(() => lastTexts(page, 1), ['burst 59'])
  })
  equal(longTasks, [])
})

await scene('320 pixels wide, nothing has to be scrolled sideways', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 560 })
  const overflow = (): Promise<unknown> =>
    inPage(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth')
  equal(await overflow(), 0)
  await page.getByRole('button', { name: 'Conversations' }).click()
  await page.locator('dialog a', { hasText: '#ops' }).click()
  await until(() => page.locator('h1').textContent(), '#ops')
  await until(() => page.locator('dialog').count(), 0)
  equal(await overflow(), 0)
})

await browser.close()
process.exitCode = checks.failed === 0 ? 0 : 1
