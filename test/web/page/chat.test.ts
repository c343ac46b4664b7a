/** The page as a running program: what it loads, hears, sends and keeps, against the real local API. */
import { describe, expect, test } from 'vitest'
import { BOB, directWith, idOf, LINES, manyLines, WORLD, ZOE } from '../../../scripts/web/world.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { Chat } from '../../../src/web/app/chat.ts'
import { logOf, shownLog } from '../../../src/web/model/view.ts'
import { until } from '../../support/wait.ts'
import { accepted, openPage, texts, tokenOf } from './support.ts'

const DAYS = 4 * 24 * 60

describe('at the start', () => {
  test('every conversation is loaded, and everything from before counts as read', async () => {
    const { chat } = await openPage()
    const { local, logs } = chat.view
    expect(local?.self.name).toBe('Alice')
    for (const conversation of ['general', 'ops', directWith(BOB)]) {
      expect(logOf(chat.view, conversation).newest, conversation).toBe('loaded')
      expect(logOf(chat.view, conversation).unread, conversation).toBe(0)
    }
    expect(logs.size).toBeGreaterThan(4)
    expect(location.hash).toBe('#channel=general')
  })

  test('without #general the first channel is open', async () => {
    const { chat } = await openPage({ world: { ...WORLD, channels: ['ops', 'tea'] } })
    expect([chat.view.open, location.hash]).toEqual(['ops', '#channel=ops'])
  })

  test('a wrong token: the page asks for another address', async () => {
    await openPage()
    const other = new Chat('wrong')
    await other.start()
    expect(other.view.link.kind).toBe('refused')
  })
})

describe('what happens', () => {
  test('a new message is in its log, unread, and listeners hear of it once', async () => {
    const { chat, peer } = await openPage()
    const heard: string[] = []
    chat.messageListeners.add(({ text }, isLeading) => heard.push(`${text} ${String(isLeading)}`))
    peer.chat.hear({ from: ZOE, text: 'Alice?', conversation: 'ops', ago: 0 })
    await until(() => texts(chat, 'ops').at(-1) === 'Alice?', 'the message is here')
    expect(logOf(chat.view, 'ops')).toMatchObject({ unread: 1, mentions: 1 })
    expect(heard).toEqual(['Alice? true'])
  })

  test('a notice is a sentence', async () => {
    const { chat, peer } = await openPage()
    peer.chat.onEvent({ kind: 'notice', text: 'the disk is nearly full' })
    await until(() => chat.view.notices.length === 1, 'the notice is here')
    expect(chat.view.notices[0]?.text).toBe('The disk is nearly full.')
  })

  test('the conversation with an address goes on with the key that is proved there: open, draft and link', async () => {
    const { chat, peer } = await openPage()
    const before = directWith(BOB)
    chat.open(before)
    chat.drafts.set(before, 'half a line')
    const keyed = { ...BOB, peer: { ...BOB.peer, key: new KeyPair(Buffer.alloc(32, 2)).id } }
    peer.chat.people = [keyed]
    peer.chat.onEvent({ kind: 'became', before: idOf(BOB), peer: keyed.peer })
    await until(() => chat.view.open === directWith(keyed), 'the page follows')
    expect([chat.drafts.of(before), chat.drafts.of(directWith(keyed))]).toEqual(['', 'half a line'])
    expect(location.hash).toBe(`#direct=${keyed.peer.key}`)
    chat.open(before)
    expect(chat.view.open).toBe(directWith(keyed))
  })

  test('the state follows the peer', async () => {
    const { chat, peer } = await openPage()
    peer.chat.people = []
    await until(() => chat.view.local?.people.every(({ isHere }) => !isHere) === true, 'everybody has left')
    peer.chat.failDisk('no space is left')
    await until(() => chat.view.local?.problem === 'no space is left', 'the problem is known')
  })

  test('what is read here is read at the peer, and what is read elsewhere is read here', async () => {
    const { chat, peer } = await openPage()
    const { receivedAt } = peer.chat.hear({ from: BOB, text: 'one', conversation: 'ops', ago: 0 })
    await until(() => logOf(chat.view, 'ops').unread === 1, 'it is unread')
    chat.store.dispatch({ kind: 'read', conversation: 'ops' })
    await until(() => peer.chat.readUpTo('ops') === receivedAt, 'the peer knows')
    const next = peer.chat.hear({ from: BOB, text: 'two', conversation: 'ops', ago: 0 })
    await until(() => logOf(chat.view, 'ops').unread === 1, 'the next is unread')
    await chat.api.markRead({ conversation: 'ops', upTo: next.receivedAt })
    await until(() => logOf(chat.view, 'ops').unread === 0, 'it was read elsewhere')
  })
})

describe('writing', () => {
  test('a message is outgoing, then accepted, then delivered', async () => {
    const { chat, peer } = await openPage()
    chat.sendQueue.say('general', 'hello', false)
    expect(chat.view.outgoing.map(({ text, state }) => [text, state])).toEqual([['hello', 'sending']])
    await until(() => chat.view.outgoing.length === 0, 'it is accepted')
    const delivered = (): number | undefined =>
      logOf(chat.view, 'general').messages.at(-1)?.delivery?.delivered
    await until(() => delivered() === 5, 'it is delivered')
    expect(accepted(peer).at(-1)).toBe('hello')
  })

  test('a refused message says why; discarded it is gone', async () => {
    const { chat } = await openPage()
    chat.sendQueue.say('general', 'REFUSE this', false)
    await until(() => chat.view.outgoing[0]?.state === 'refused', 'it is refused')
    expect(chat.view.outgoing[0]?.reason).toBe('This peer does not like this text.')
    chat.sendQueue.discard(chat.view.outgoing[0]?.id ?? '')
    expect(chat.view.outgoing).toEqual([])
  })

  test('a lost answer: sent again with the same id, it stays one message', async () => {
    const { chat, peer } = await openPage()
    peer.network.loseAnswers = 1
    chat.sendQueue.say('general', 'only once', false)
    chat.sendQueue.say('general', 'and then', false)
    await until(() => chat.view.outgoing.length === 0, 'both are accepted')
    expect(accepted(peer).slice(-2)).toEqual(['only once', 'and then'])
    expect(texts(chat).filter((text) => text === 'only once')).toHaveLength(1)
  })

  test('what failed is tried again', async () => {
    const { chat } = await openPage()
    const before = failed(chat)
    chat.sendQueue.say('general', 'FAIL', false)
    await until(() => failed(chat) === before + 1, 'it fails')
    expect(await chat.sendQueue.retryAll()).toBe(before + 1)
    await until(() => failed(chat) === 0, 'all are delivered')
  })
})

function failed(chat: Chat): number {
  return logOf(chat.view, 'general').messages.filter(({ delivery }) => delivery?.failed.length === 1).length
}

describe('a connection that breaks', () => {
  test('messages wait, and are sent in order when it is back', async () => {
    const { chat, peer } = await openPage()
    await peer.network.unplug()
    await until(() => chat.view.link.kind === 'lost', 'the connection is lost')
    chat.sendQueue.say('general', 'first', false)
    chat.sendQueue.say('general', 'second', false)
    expect(chat.view.outgoing.map(({ state }) => state)).toEqual(['waiting', 'waiting'])
    await peer.network.plugIn()
    chat.wake()
    await until(() => chat.view.outgoing.length === 0, 'both are accepted')
    expect(accepted(peer).slice(-2)).toEqual(['first', 'second'])
    expect(chat.view.link.kind).toBe('open')
  })

  test('events that the peer still has come one by one', async () => {
    const { chat, peer } = await openPage()
    await peer.network.unplug()
    await until(() => chat.view.link.kind === 'lost', 'the connection is lost')
    const pages = pagesAsked(peer.network.requests)
    peer.chat.hear({ from: BOB, text: 'meanwhile', ago: 0 })
    await peer.network.plugIn()
    chat.wake()
    await until(() => texts(chat).at(-1) === 'meanwhile', 'it is here')
    expect(pagesAsked(peer.network.requests)).toBe(pages)
  })

  test('after a gap the newest pages are loaded again', async () => {
    const { chat, peer } = await openPage({ feed: { ring: 2 } })
    await peer.network.unplug()
    await until(() => chat.view.link.kind === 'lost', 'the connection is lost')
    const all = ['one', 'two', 'three', 'four']
    for (const text of all) peer.chat.hear({ from: BOB, text, ago: 0, conversation: 'ops' })
    await peer.network.plugIn()
    chat.wake()
    await until(() => texts(chat, 'ops').at(-1) === 'four', 'the last one is here')
    expect(texts(chat, 'ops').slice(-4)).toEqual(all)
    expect(logOf(chat.view, 'ops').unread).toBe(4)
  })

  test('a peer that was restarted has another token', async () => {
    const { chat, peer } = await openPage()
    const token = tokenOf(peer)
    await peer.restart()
    expect(tokenOf(peer)).not.toBe(token)
    chat.wake()
    await until(() => chat.view.link.kind === 'refused', 'the token is refused')
  })
})

function pagesAsked(requests: readonly string[]): number {
  return requests.filter((request) => request === 'GET /api/messages').length
}

describe('a long conversation', () => {
  const lines = [...manyLines(500, DAYS), ...LINES]

  test('older pages are loaded up to the first message', async () => {
    const { chat } = await openPage({ lines })
    while (!logOf(chat.view, 'general').isWhole) await chat.load('general', 'older')
    expect(texts(chat)[0]).toMatch(/^message 1 /)
    expect(new Set(texts(chat).filter((text) => text.startsWith('message '))).size).toBe(500)
  })

  test('a found message is shown among those around it; "newest" leads back', async () => {
    const { chat } = await openPage({ lines })
    const { messages } = await chat.search('message 22', undefined, new AbortController().signal)
    const [oldest] = messages
    if (oldest === undefined) throw new Error('nothing was found')
    await chat.goTo(oldest)
    expect(chat.view.target?.key).toBe(oldest.key)
    const shown = shownLog(chat.view).messages.map(({ text }) => text)
    expect(shown.join('\n')).toMatch(/^message 21\n(?:.*\n)?message 22/m)
    expect(shown).not.toContain('Found it. Thank you both 🙏')
    chat.leaveExcerpt()
    expect(shownLog(chat.view).messages.at(-1)?.text).toBe('Found it. Thank you both 🙏')
  })

  test('an excerpt that is read downwards meets the log', async () => {
    const { chat } = await openPage({ lines })
    const { messages } = await chat.search('message 22', undefined, new AbortController().signal)
    if (messages[0] !== undefined) await chat.goTo(messages[0])
    for (let pages = 0; chat.view.excerpt !== undefined && pages < 20; pages++) await chat.loadShown('newer')
    expect(chat.view.excerpt).toBeUndefined()
    expect(texts(chat).at(-1)).toBe('Found it. Thank you both 🙏')
    const numbers = texts(chat).flatMap((text) => /^message (\d+)/.exec(text)?.[1] ?? [])
    expect(numbers.map(Number)).toEqual(numbers.map((_, index) => Number(numbers[0]) + index))
  })

  test('a message that is not kept any more: a notice says so', async () => {
    const { chat } = await openPage({ lines })
    const message = logOf(chat.view, 'general').messages[0]
    if (message === undefined) throw new Error('nothing is loaded')
    await chat.goTo({ ...message, key: 'gone' })
    expect(chat.view.notices.at(-1)?.text).toMatch(/not kept any more|no longer kept/)
  })

  test('a page that fails is loaded at the next attempt', async () => {
    const { chat, peer } = await openPage({ lines })
    peer.network.refusals.set('/api/messages', { status: 503, error: 'busy', detail: 'later' })
    await chat.load('general', 'older')
    expect(logOf(chat.view, 'general').older).toBe('failed')
    peer.network.refusals.clear()
    await chat.load('general', 'older')
    expect(logOf(chat.view, 'general').older).toBe('idle')
  })
})
