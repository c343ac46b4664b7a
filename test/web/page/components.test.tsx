/** The page in a document: what the user sees and can do, against the real local API. */
import { options, render } from 'preact'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  BOB,
  directWith,
  ERIN,
  idOf,
  LINES,
  manyLines,
  person,
  WORLD,
  ZOE,
} from '../../../scripts/web/world.ts'
import { sanitize, sanitizeLine } from '../../../src/chat/sanitize.ts'
import { ignoreListText } from '../../../src/chat/ignore-list.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { callAttention } from '../../../src/web/app/attention.ts'
import { perform } from '../../../src/web/app/perform.ts'
import { SurroundingsContext } from '../../../src/web/app/hooks.ts'
import { SettingsKeep } from '../../../src/web/app/settings.ts'
import { MainPage } from '../../../src/web/components/main-page.tsx'
import { conversationIn } from '../../../src/web/model/location.ts'
import { XSS_PAYLOADS } from '../../peer/local-api/xss-payloads.ts'
import { turn, until } from '../../support/wait.ts'
import { accepted, openPage, type OpenPage } from './support.ts'
import type { ScriptedPeerOptions } from '../../../scripts/web/scripted-peer.ts'

// Effects run right after the rendering, not after the next frame: none is left when a test is over.
beforeAll(() => {
  options.requestAnimationFrame = queueMicrotask
})

afterAll(() => {
  delete options.requestAnimationFrame
})

/** Renders the page of a scripted peer. */
async function showPage(options: ScriptedPeerOptions = {}): Promise<OpenPage> {
  const page = await openPage(options)
  const { chat } = page
  window.addEventListener('hashchange', () => {
    chat.open(conversationIn(location.hash) ?? 'general')
  })
  render(
    <SurroundingsContext.Provider value={{ chat, settings: new SettingsKeep() }}>
      <MainPage />
    </SurroundingsContext.Provider>,
    document.body,
  )
  onTestFinished(async () => {
    render(null, document.body)
    await turn()
  })
  await shows('#log .message')
  return page
}

function all(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)]
}

function one(selector: string): HTMLElement {
  const [found] = all(selector)
  if (found === undefined) throw new Error(`there is no ${selector}`)
  return found
}

function textOf(selector: string): string {
  return all(selector)
    .map(({ textContent }) => textContent.trim())
    .join(' | ')
}

async function shows(selector: string, text?: string | RegExp): Promise<void> {
  const isShown = (): boolean => {
    if (text === undefined) return all(selector).length > 0
    return typeof text === 'string' ? textOf(selector) === text : text.test(textOf(selector))
  }
  await until(isShown, `${selector} shows ${String(text ?? 'something')}`)
}

async function showsNo(selector: string): Promise<void> {
  await until(() => all(selector).length === 0, `${selector} is gone`)
}

function button(name: string): HTMLElement {
  const found = all('button').find(
    (each) => each.getAttribute('aria-label') === name || each.textContent.trim() === name,
  )
  if (found === undefined) throw new Error(`there is no button ${name}`)
  return found
}

function field(selector: string): HTMLInputElement {
  return one(selector) as HTMLInputElement
}

async function write(selector: string, text: string): Promise<void> {
  const element = field(selector)
  element.focus()
  element.value = text
  element.setSelectionRange(text.length, text.length)
  element.dispatchEvent(new Event('input', { bubbles: true }))
  await until(() => field(selector).value === text, 'it is written')
}

function press(selector: string, key: string, more: KeyboardEventInit = {}): void {
  one(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
}

function composer(): HTMLInputElement {
  return field('#composer')
}

describe('the log', () => {
  test('is watched in the step that draws it: a message that arrives right behind it is read', async () => {
    const late: (() => void)[] = []
    options.requestAnimationFrame = (task) => late.push(task)
    onTestFinished(() => {
      options.requestAnimationFrame = queueMicrotask
      for (const task of late) task()
    })
    const { chat } = await showPage()
    expect([late.length > 0, chat.view.watching]).toEqual([true, true])
  })

  test.each(XSS_PAYLOADS)('%s is text, in a message and in a name', async (payload) => {
    const { peer } = await showPage({ lines: LINES.slice(0, 1) })
    peer.chat.hear({ from: person('192.168.1.99', payload), text: payload, ago: 0 })
    await until(() => all('#log .message').length === 2, 'the message is here')
    const row = all('#log .message').at(-1)
    expect(row?.querySelector('.text')?.textContent).toBe(sanitize(payload))
    expect(row?.querySelector('.author')?.textContent).toBe(sanitizeLine(payload))
    const tags = [...(row?.querySelectorAll('*') ?? [])].map(({ tagName }) => tagName.toLowerCase())
    expect(tags.filter((tag) => !['a', 'button', 'div', 'span', 'time'].includes(tag))).toEqual([])
    for (const link of all('#log a')) expect(link.getAttribute('href')).toMatch(/^(?:https?:|mailto:)/)
  })

  test('a link leads out without telling from where', async () => {
    const { peer } = await showPage()
    peer.chat.hear({ from: BOB, text: 'see http://bücher.example/x.', ago: 0 })
    await shows('#log .link-host', '(xn--bcher-kva.example)')
    const link = all('#log a').at(-1)
    expect([link?.textContent, link?.getAttribute('rel'), link?.getAttribute('target')]).toEqual([
      'http://bücher.example/x',
      'noopener noreferrer nofollow',
      '_blank',
    ])
  })

  test('a late message has both times, and a mention is marked', async () => {
    await showPage()
    expect(textOf('#log .is-late .time')).toMatch(/^\d\d:\d\d \(sent \d\d:\d\d\)$/)
    expect(textOf('#log .is-for-us .mention')).toBe('@Alice')
  })

  test('own messages say how their delivery stands', async () => {
    await showPage()
    expect(all('#log .is-own .fate').map(({ textContent }) => textContent)).toEqual([
      '✓ delivered 5/5',
      '✓ 5/5, 1 without an acknowledgement',
      '… waiting for Dave',
      '✗ not delivered to carol: could not be reachedRetry',
    ])
  })

  test('of a long log only a part is in the document', async () => {
    const { chat } = await showPage({ lines: [...manyLines(400, 6_000), ...LINES] })
    while (chat.view.logs.get('general')?.isWhole !== true) await chat.load('general', 'older')
    expect(chat.view.logs.get('general')?.messages.length).toBeGreaterThan(400)
    expect(all('#log .message').length).toBeLessThanOrEqual(200)
  })

  test('a conversation that failed to load offers to try again', async () => {
    const { peer, chat } = await showPage()
    peer.network.refusals.set('/api/messages', { status: 503, error: 'busy', detail: 'later' })
    chat.open(directWith(ZOE))
    await shows('#log .log-top', /The messages could not be loaded\./)
    peer.network.refusals.clear()
    button('Try again').click()
    await shows('#log .beginning p', /Goes to Zoë Ångström-Papadopoulos only\. Not encrypted/)
  })
})

describe('the composer', () => {
  test('Enter sends and empties it', async () => {
    const { peer } = await showPage()
    await write('#composer', 'hello')
    press('#composer', 'Enter')
    await until(() => accepted(peer).at(-1) === 'hello', 'it is sent')
    await until(() => composer().value === '', 'the field is empty')
    await until(() => textOf('#log .message .text').endsWith('hello'), 'it is in the log')
  })

  test.each<[what: string, more: KeyboardEventInit]>([
    ['Shift+Enter', { shiftKey: true }],
    ['Enter of a composition', { isComposing: true }],
    ['Ctrl+Enter', { ctrlKey: true }],
  ])('%s does not send', async (_what, more) => {
    const { peer } = await showPage()
    const before = accepted(peer)
    await write('#composer', 'にほん')
    press('#composer', 'Enter', more)
    await until(() => composer().value === 'にほん', 'the draft stays')
    expect(accepted(peer)).toEqual(before)
  })

  test('a text over the limit says by how much, and cannot be sent', async () => {
    await showPage()
    await write('#composer', 'x'.repeat(4099))
    await shows('.composer-hint', '3 characters too many: it is not sent')
    expect(one('.send-button').hasAttribute('disabled')).toBe(true)
    await write('#composer', 'x'.repeat(4096))
    await shows('.composer-hint', '0 characters left')
    expect(one('.send-button').hasAttribute('disabled')).toBe(false)
  })

  test('each conversation has its draft', async () => {
    const { chat } = await showPage()
    await write('#composer', 'half a thought')
    chat.open('ops')
    await until(() => composer().value === '', 'another draft')
    chat.open('general')
    await until(() => composer().value === 'half a thought', 'the first draft is back')
  })

  test('completion: the list opens, the arrow keys choose, Tab takes, Esc closes', async () => {
    await showPage()
    await write('#composer', 'hello @bo')
    await shows('.suggestions .option', /^@Bob/)
    expect(composer().getAttribute('aria-activedescendant')).toBe(one('.suggestions .option').id)
    press('#composer', 'Tab')
    await until(() => composer().value === 'hello @Bob ', 'the name is completed')
    await write('#composer', '/')
    await until(() => all('.suggestions .option').length === 8, 'the commands are listed')
    press('#composer', 'ArrowDown')
    await until(() => all('.option')[1]?.getAttribute('aria-selected') === 'true', 'the second is chosen')
    press('#composer', 'Escape')
    await showsNo('.suggestions')
    expect(composer().value).toBe('/')
  })

  test('a complaint stands at the composer until it is dismissed', async () => {
    await showPage()
    await write('#composer', '/jion #tea')
    press('#composer', 'Enter')
    await shows('#complaint', /Did you mean \/join\?/)
    expect(composer().getAttribute('aria-describedby')).toContain('complaint')
    button('Dismiss').click()
    await showsNo('#complaint')
    expect(composer().value).toBe('/jion #tea')
  })

  test('in a channel that the user is not in there is a button to join', async () => {
    const { chat, peer } = await showPage()
    chat.open('garden')
    await shows('.not-in p', 'You are not in this channel.')
    button('Join #garden').click()
    await until(() => peer.chat.channels.includes('garden'), 'it is joined')
    await shows('textarea#composer')
  })
})

describe('navigation', () => {
  test('unread messages are counted in the list, those for the user apart', async () => {
    const { peer } = await showPage()
    for (const text of ['one', 'Alice?']) peer.chat.hear({ from: BOB, text, conversation: 'ops', ago: 0 })
    await shows('#navigation .has-unread .badge', '@1, 1 for you | 2, 2 unread')
    const link = one('#navigation .has-unread')
    location.hash = link.getAttribute('href') ?? ''
    await shows('h1', '#ops')
    await shows('#log .line-unread', 'New messages')
  })

  test('people who are here are listed, with their status', async () => {
    const { peer } = await showPage()
    expect(textOf('#navigation')).toMatch(/People, 5 here/)
    expect(textOf('#navigation')).toContain('in the lab')
    peer.chat.people = []
    await shows('#navigation .note', 'No one else is here yet.')
    await shows('.banner-hint strong', /No one else/)
  })

  test('a person leads to a direct conversation', async () => {
    await showPage()
    all('#navigation .person-button')
      .find(({ textContent }) => textContent.includes('Bob'))
      ?.click()
    await shows('dialog .person-card', /in the lab/)
    button('Write to Bob').click()
    await shows('h1', 'Bob')
    expect(location.hash).toBe(`#direct=${encodeURIComponent(directWith(BOB).slice(1))}`)
  })
})

describe('what is broken', () => {
  test('no connection: the banner counts what waits, and its button tries again', async () => {
    const { peer } = await showPage()
    await peer.network.unplug()
    await shows('.banner-error strong', 'No connection to your own Parley.')
    await write('#composer', 'kept')
    press('#composer', 'Enter')
    await shows('.banner-error p', /Kept here until then: 1 message of yours\./)
    await peer.network.plugIn()
    button('Try now').click()
    await showsNo('.banner-error')
    await until(() => accepted(peer).at(-1) === 'kept', 'it is sent')
  })

  test('the tracker and the disk', async () => {
    const { peer } = await showPage()
    peer.chat.onEvent({ kind: 'tracker', state: 'lost', detail: 'no such address' })
    await shows('.banner-warning strong', 'The tracker does not answer.')
    peer.chat.failDisk('no space is left.')
    await shows('.banner-error strong', 'Nothing can be written to disk.')
  })

  test('several failures are tried again at once', async () => {
    const { peer } = await showPage()
    await write('#composer', 'FAIL too')
    press('#composer', 'Enter')
    await shows('.failures span', /2 messages were not delivered\./)
    button('Retry all').click()
    await showsNo('.failures')
    await showsNo('.fate-failed')
    expect(peer.network.requests).toContain('POST /api/retry')
  })

  test('without the right token there is no chat', async () => {
    const { peer, chat } = await showPage()
    await peer.restart()
    chat.wake()
    await shows('.needs-token')
    expect(all('#log, #composer')).toEqual([])
  })

  test('a notice can be dismissed', async () => {
    const { peer } = await showPage()
    peer.chat.onEvent({ kind: 'notice', text: 'Zoë follows you' })
    await shows('.notice p', 'Zoë follows you.')
    button('Dismiss').click()
    await showsNo('.notice')
  })
})

describe('dialogs', () => {
  test('joining: a problem stands at the field, which has the focus; then the channel is open', async () => {
    const { peer } = await showPage()
    button('Join a channel').click()
    await shows('dialog h2', 'Join a channel')
    const submit = (): void => {
      one('dialog form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    }
    await write('dialog input', 'what?')
    submit()
    await shows('dialog .problem', /Take out “\?”/)
    expect(document.activeElement).toBe(one('dialog input'))
    expect(one('dialog input').getAttribute('aria-invalid')).toBe('true')
    peer.network.refusals.set('/api/channels', { status: 429, error: 'too_many_channels', detail: '' })
    await write('dialog input', 'math 101')
    submit()
    await shows('dialog .problem', 'You are in too many channels. Leave one first.')
    peer.network.refusals.clear()
    submit()
    await showsNo('dialog')
    await shows('h1', '#math-101')
  })

  test('the profile: what is wrong is said, what is right is saved', async () => {
    const { peer } = await showPage()
    one('.own-profile-button').click()
    await shows('dialog h2', /profile/i)
    const [name, status] = all('dialog input.field').map(({ id }) => `[id="${id}"]`)
    if (name === undefined || status === undefined) throw new Error('there are no fields')
    await write(name, '')
    button('Save').click()
    await shows('dialog .problem', /Write the name that others see\./)
    await write(name, 'Alicia')
    await write(status, 'at lunch')
    button('Save').click()
    await showsNo('dialog')
    await shows('.own-profile .name', 'Alicia')
    expect(peer.chat.profileOf(undefined).status).toBe('at lunch')
  })

  test('search: what is found leads to its conversation', async () => {
    const { chat } = await showPage()
    chat.panel({ kind: 'search', words: 'xylophone' })
    await shows('dialog .note', /Nothing found/)
    await write('dialog input.field', 'backup')
    await shows('dialog .found-text', 'Alice, is the backup done?')
    one('dialog .found-button').click()
    await shows('h1', '#ops')
    await shows('#log .is-found .text', 'Alice, is the backup done?')
    await showsNo('dialog')
  })

  test('a failed search says why', async () => {
    const { chat, peer } = await showPage()
    peer.network.refusals.set('/api/search', { status: 507, error: 'disk_full', detail: 'no space is left' })
    chat.panel({ kind: 'search', words: 'tea' })
    await shows('dialog .problem', 'No space is left.')
  })

  test('the switcher goes to what a few letters name', async () => {
    const { chat } = await showPage()
    chat.panel({ kind: 'switcher' })
    await shows('dialog [role=option]')
    await write('dialog input', 'zoe')
    await shows('dialog [role=option] span', /^Zoë/)
    press('dialog input', 'Enter')
    await shows('h1', 'Zoë Ångström-Papadopoulos')
    await showsNo('dialog')
  })

  test('settings: the theme is that of the document, and is kept', async () => {
    const { chat } = await showPage()
    chat.panel({ kind: 'settings' })
    await shows('dialog input[type=radio]')
    all('dialog input[type=radio]')[2]?.dispatchEvent(new Event('input', { bubbles: true }))
    await until(() => document.documentElement.dataset['theme'] === 'dark', 'it is dark')
    expect(new SettingsKeep().current.theme).toBe('dark')
    button('Keys and commands').click()
    await shows('dialog kbd', /Ctrl \+ K/)
    button('Close').click()
    await showsNo('dialog')
  })
})

test('new messages are announced, bursts as their number', async () => {
  const { peer } = await showPage()
  peer.chat.hear({ from: BOB, text: 'hear me', ago: 0 })
  await shows('[data-announcement]', 'Bob: hear me')
  for (let count = 0; count < 5; count++) peer.chat.hear({ from: BOB, text: `burst ${count}`, ago: 0 })
  await shows('[data-announcement]', '5 new messages in #general')
})

describe('who a person really is', () => {
  const { id: key } = new KeyPair(Buffer.alloc(32, 2))
  const bob = { ...BOB, peer: { ...BOB.peer, key } }
  const world = { ...WORLD, people: [bob, ...WORLD.people.filter((each) => each !== BOB)] }

  test('the digits and the code are shown, and "All digits agree" marks the person until that is taken back', async () => {
    const { chat } = await showPage({ world })
    chat.panel({ kind: 'person', id: key })
    await shows('.person-card dd', new RegExp(shortId(key)))
    button('Compare keys').click()
    await shows(
      '.safety-number span',
      '00000 00001 00002 00003 | 00004 00005 00006 00007 | 00008 00009 00010 00011',
    )
    expect(one('.safety-code path').getAttribute('d')?.length).toBeGreaterThan(500)
    button('All digits agree').click()
    await shows('.person-button .tag', /verified/)
    chat.panel({ kind: 'person', id: key })
    await shows('.person-card .tag', 'verified')
    button('No longer verified').click()
    await showsNo('.person-card .tag')
  })

  test('/contacts lists those with keys, and leads to each', async () => {
    const { chat } = await showPage({ world })
    expect(await perform(chat, '/contacts')).toBe(true)
    await shows('dialog .person-button .status', `${shortId(key)}, here`)
    one('dialog .person-button').click()
    await shows('.person-card h2', 'Bob')
  })

  test('/whois shows the person', async () => {
    const { chat } = await showPage({ world })
    expect(await perform(chat, '/whois Bob')).toBe(true)
    await shows('.person-card h2', 'Bob')
  })

  test.each(['/verify @Bob', '/verify Bob'])('%s opens the dialog', async (line) => {
    const { chat } = await showPage({ world })
    expect(await perform(chat, line)).toBe(true)
    await shows('dialog h2', 'Compare keys with Bob')
  })
})

describe('people that the user does not want to hear', () => {
  const WITH_ERIN = { world: { ...WORLD, people: [...WORLD.people, ERIN] } }
  const KINDS = (peer: OpenPage['peer']): unknown[] =>
    peer.chat.hushed().map(({ target, kind }) => [target, kind])

  test('the notice of a flood has a button that ignores the person', async () => {
    const { peer } = await showPage(WITH_ERIN)
    const flooding = { id: idOf(ERIN), name: 'Erin' }
    peer.chat.onEvent({ kind: 'notice', text: 'Erin sends a lot', flooding })
    await shows('.notice', /Erin sends a lot/)
    button('Ignore Erin').click()
    await shows('.notice', 'Erin is ignored.')
    expect(KINDS(peer)).toEqual([[idOf(ERIN), 'ignore']])
  })

  test('lines of a muted person have the same mark live, loaded, and loaded again; none is counted', async () => {
    const { chat, peer } = await showPage(WITH_ERIN)
    chat.open('ops')
    peer.chat.hear({ from: ERIN, text: 'Alice, one', ago: 0 })
    await until(() => chat.view.logs.get('general')?.mentions === 1, 'it is counted')
    await chat.api.hush({ target: idOf(ERIN), kind: 'mute' })
    peer.chat.hear({ from: ERIN, text: 'Alice, two', ago: 0 })
    const log = () => chat.view.logs.get('general')
    await until(() => log()?.messages.at(-1)?.text === 'Alice, two', 'it is here')
    await until(() => log()?.unread === 0, 'neither is counted')
    chat.open('general')
    await until(() => all('.message.is-hushed').length === 2, 'both are marked')
    const marked = textOf('.message.is-hushed .time')
    expect(marked.match(/\(muted\)/g)).toHaveLength(2)
    await chat.load('general', 'newest')
    expect(textOf('.message.is-hushed .time')).toBe(marked)
    expect(log()?.unread).toBe(0)
    await chat.api.unhush({ target: idOf(ERIN), kind: 'mute' })
    await showsNo('.message.is-hushed')
  })

  test('a shared list is one line, and its people are ignored one by one or all, each with its undo', async () => {
    const { peer } = await showPage(WITH_ERIN)
    const [first, second] = [61, 62].map((seed) => new KeyPair(Buffer.alloc(32, seed)).id)
    if (first === undefined || second === undefined) throw new Error('no keys')
    const text = ignoreListText([
      { key: first, name: 'mallory' },
      { key: second, name: 'spam bot' },
    ])
    peer.chat.hear({ from: ERIN, text, ago: 0 })
    await until(
      () => textOf('.message .text').includes('shares a list of 2 ignored people'),
      'the line is here',
    )
    expect(textOf('.message .text')).not.toContain(first)
    button('Look at the list').click()
    await shows('dialog .ignore-list .name', 'mallory | spam bot')
    expect(KINDS(peer)).toEqual([])
    button(`Ignore: mallory ${shortId(first)}`).click()
    await shows('dialog .ignore-list', /mallory.*ignored from this list/)
    expect(KINDS(peer)).toEqual([[first, 'ignore']])
    button('Ignore the other 1').click()
    await shows('dialog .buttons', 'Undo: 2 ignored people')
    button(`Undo: mallory ${shortId(first)}`).click()
    await shows('dialog .buttons', /Undo: 1 ignored person/)
    button('Undo: 1 ignored person').click()
    await shows('dialog .buttons', 'Ignore all')
    expect(KINDS(peer)).toEqual([])
  })

  test('the same text of a person without a key is a text', async () => {
    const { peer } = await showPage()
    const { id: key } = new KeyPair(Buffer.alloc(32, 61))
    peer.chat.hear({ from: BOB, text: ignoreListText([{ key, name: 'mallory' }]), ago: 0 })
    await until(() => textOf('.message .text').includes(key), 'the text is here')
  })

  test.each([
    ['/ignored share #ops', 'ops'],
    ['/ignored share @Bob', directWith(BOB)],
  ])('%s sends the own list', async (draft, conversation) => {
    const { chat, peer } = await showPage(WITH_ERIN)
    await chat.api.hush({ target: idOf(ERIN), kind: 'ignore' })
    expect(await perform(chat, draft)).toBe(true)
    const last = peer.chat.ownMessages.at(-1)
    expect(last?.conversation).toBe(conversation)
    expect(accepted(peer).at(-1)).toBe(`My list of 1 ignored person:\nErin ${idOf(ERIN)}`)
  })

  test('the settings have the list, with a button that tells the open conversation', async () => {
    const { chat, peer } = await showPage(WITH_ERIN)
    await chat.api.hush({ target: idOf(ERIN), kind: 'block' })
    expect(await perform(chat, '/ignored')).toBe(true)
    await shows('dialog .hushed-list', /Erin: blocked since/)
    button('Tell #general who is ignored').click()
    await until(() => accepted(peer).at(-1)?.startsWith('My list of 1') === true, 'it is said')
  })
})

describe('a closed channel', () => {
  /** A page with the closed channel ops, in which Bob says something. */
  async function showClosed(): Promise<OpenPage & { readonly label: string }> {
    const page = await showPage()
    const { peer, chat } = page
    const label = peer.chat.createClosed('ops')
    peer.chat.hear({ from: BOB, text: 'the vault opens at noon', ago: 0, conversation: label })
    await until(() => chat.view.local?.channels.some(({ name }) => name === label) === true, 'it is listed')
    return { ...page, label }
  }

  const TITLE = '🔒#!ops'

  test('has its lock in all labels of the page, and a drawn one in headings and links', async () => {
    const { chat, label } = await showClosed()
    chat.open(label)
    await shows('#log .beginning')
    expect(one('#composer').getAttribute('aria-label')).toBe(`Message to ${TITLE}`)
    expect(one('#composer').getAttribute('placeholder')).toBe(`Write to ${TITLE}`)
    expect(one('#log').getAttribute('aria-label')).toBe(`Messages in ${TITLE}`)
    expect(one('main').getAttribute('aria-label')).toBe(`Conversation: ${TITLE}`)
    for (const place of ['h1', '#log h2', '.navigation [aria-current=page]'])
      expect(textOf(place), place).toMatch(/^closed channel #!ops/)
  })

  test('has its lock beside the conversation, in the list of its members, and on the card of a person in it', async () => {
    const { chat, peer, label } = await showClosed()
    peer.chat.people = [{ ...BOB, channels: [label] }]
    chat.open(label)
    await shows('.details-title', new RegExp(`^In ${TITLE} `, 'u'))
    await shows('.leave-button', `Leave ${TITLE}`)
    chat.panel({ kind: 'members', channel: label })
    await shows('dialog h2', `Members of ${TITLE}`)
    chat.panel({ kind: 'person', id: idOf(BOB) })
    await shows('dialog .person-card dd', new RegExp(`(^| )${TITLE}( |$)`, 'u'))
  })

  test('has its lock in the search: in what is found, and in the choice of where', async () => {
    const { chat, label } = await showClosed()
    chat.open(label)
    chat.panel({ kind: 'search', words: 'vault' })
    await shows('dialog .found-head > .note:not(time)', TITLE)
    expect(textOf('dialog .choice')).toBe(`only in ${TITLE}`)
  })

  test.each(['ops', '!ops', '#!ops', TITLE])(
    'has its lock in the switcher, which finds it by %s',
    async (words) => {
      const { chat, label } = await showClosed()
      chat.panel({ kind: 'switcher' })
      await shows('dialog [role=option]')
      await write('dialog input', words)
      await shows('dialog [role=option] span:first-child', words === 'ops' ? /🔒#!ops/ : TITLE)
      all('dialog [role=option]')
        .find(({ textContent }) => textContent.startsWith(TITLE))
        ?.click()
      await until(() => chat.view.open === label, 'it is open')
    },
  )

  test('has its lock in what is announced', async () => {
    const { chat, peer, label } = await showClosed()
    chat.open(label)
    await shows('#log .beginning')
    for (let count = 0; count < 5; count++)
      peer.chat.hear({ from: BOB, text: `burst ${count}`, ago: 0, conversation: label })
    await shows('[data-announcement]', new RegExp(`^\\d new messages in ${TITLE}$`, 'u'))
  })

  test('has its lock in an invitation, and where an invited user can join', async () => {
    const { chat, peer } = await showPage()
    peer.chat.invited = [{ name: 'garden', from: ZOE }]
    peer.chat.onEvent({ kind: 'notice', text: 'an invitation' })
    await shows('.invitations button')
    expect(textOf('.invitations p')).toMatch(/ invites you to closed channel #!garden$/)
    const labels = all('.invitations button').map((each) => each.getAttribute('aria-label'))
    expect(labels).toEqual(['Join 🔒#!garden', 'Decline 🔒#!garden'])
    chat.open('!garden')
    await shows('.not-in button', 'Join 🔒#!garden')
  })

  test('has its lock in the title of the document', async () => {
    const { chat, label } = await showClosed()
    callAttention(chat, new SettingsKeep())
    chat.open(label)
    await until(() => document.title.endsWith(`${TITLE} · Parley`), 'it is in the title')
  })

  test('shows who is invited, and who reads what', async () => {
    const { chat, peer } = await showPage()
    const label = peer.chat.createClosed('ops')
    peer.chat.invite(label, BOB.peer)
    chat.panel({ kind: 'members', channel: label })
    await shows('.members li:nth-child(2)')
    expect(all('.members li').map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining('(you): here') as string,
      expect.stringContaining(`${BOB.peer.name}: invited`) as string,
    ])
    expect(document.body.textContent).toContain(
      'reads what is said from the invitation on, and nothing earlier',
    )
  })

  test('that the user is not in says why, and offers no way in that leads nowhere', async () => {
    const { chat } = await showPage()
    chat.open('!gone')
    await until(
      () => document.querySelector('.not-in')?.textContent.includes('!gone') === true,
      'it says why',
    )
    expect(document.querySelector('.not-in')?.textContent).toBe('You are in no closed channel #!gone.')
    expect(all('.not-in button')).toEqual([])
  })
})
