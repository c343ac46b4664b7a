/** Messages that this peer says: how they are kept, who gets them, and what a text becomes. */
import { describe, expect, test } from 'vitest'
import { asContent, textOf } from '../../../src/chat/content.ts'
import { DIRECT, addressKey } from '../../../src/chat/model.ts'
import { Outbox } from '../../../src/peer/messages/outbox.ts'
import { refusalOf } from '../../chat/support.ts'
import { KEYS_OF_SELF } from '../parts.ts'
import { BOB, CAROL, IDENTITY, SELF, incoming, startMessages } from './support.ts'
import type { PendingMessage } from '../../../src/store/store.ts'

describe('a message', () => {
  test('is kept, numbered, and waits in the outbox until it is delivered', async () => {
    const { say, store } = await startMessages()
    for (const text of ['one', 'two']) say(text)
    const messages = store.page('general', 10).entries.map(({ message }) => message)
    expect(messages.map(({ content }) => textOf(content))).toEqual(['one', 'two'])
    expect(messages[0]?.from).toEqual({ ...SELF, key: KEYS_OF_SELF.id, identity: store.identity })
    expect(messages[1]?.seq).toBeGreaterThan(messages[0]?.seq ?? Infinity)
    expect(store.unsettled().map(({ waiting }) => waiting)).toEqual([[BOB], [BOB]])
  })

  test('to one peer names the identity of its recipient, if that is known', async () => {
    const { outgoing, say, store } = await startMessages()
    const direct = { conversation: '@x', channel: DIRECT }
    outgoing.say({ ...direct, content: 'one', recipients: [{ ...BOB, identity: IDENTITY }] })
    outgoing.say({ ...direct, content: 'two', recipients: [BOB] })
    say('three', [{ ...BOB, identity: IDENTITY }])
    const waiting = store.unsettled().map(({ message }) => message.recipient)
    expect(waiting).toEqual([IDENTITY, undefined, undefined])
  })

  test.each(['a start', '/retry'])('to one peer names that identity after %s, too', async (how) => {
    const { store, clock } = await startMessages()
    const to = { ...BOB, identity: IDENTITY }
    const from = { ...SELF, identity: store.identity }
    const said = { id: 'one', from, channel: DIRECT, content: asContent('hi'), sentAt: 0, seq: 1 }
    const at = { at: clock.wall(), receivedAt: clock.wall(), clockShift: 0 }
    store.add({ message: said, conversation: `@${addressKey(BOB)}`, ...at, own: true }, [to])
    if (how === '/retry') store.failed('one', addressKey(BOB), 'refused')
    const resumed: (string | undefined)[] = []
    const delivery = {
      resume: (messages: readonly PendingMessage[]) =>
        resumed.push(...messages.map(({ message }) => message.recipient)),
      close: () => undefined,
    }
    const outbox = new Outbox(store, delivery, { emit: () => undefined })
    if (how === '/retry') outbox.retry()
    else outbox.start()
    expect(resumed).toEqual([IDENTITY])
  })

  test('with an id is sent once, and the id is refused for another text', async () => {
    const { say, store, sent } = await startMessages()
    for (let time = 0; time < 2; time++) say('hello', [BOB], 'general', 'a')
    expect(refusalOf(() => say('good bye', [BOB], 'general', 'a')).code).toBe('id_conflict')
    expect([store.page('general', 10).entries.length, sent.length]).toEqual([1, 1])
  })
})

describe('half of a surrogate pair', () => {
  const HALF = 'a\ud83d!'

  test('is U+FFFD on the way out, and the message is the same when it is said again', async () => {
    const { say, store, sent, shown } = await startMessages()
    for (let time = 0; time < 2; time++) say(HALF, [BOB], 'general', 'a')
    expect(sent).toEqual(['alice: a\ufffd! to bob, hops 0'])
    expect(shown.map(({ text }) => text)).toEqual(['a\ufffd!'])
    expect(store.own('a')?.message.content).toEqual({ kind: 'text', text: 'a\ufffd!' })
  })

  test('is U+FFFD on the way in, by each way', async () => {
    const { inbox, shown, hear } = await startMessages()
    hear('lan', BOB)
    inbox.receive(incoming(BOB, { text: HALF }), BOB.ip)
    inbox.receive(incoming(BOB, { text: HALF }), BOB.ip)
    inbox.receiveMissed(incoming(CAROL, { id: '2', text: HALF }), BOB.ip, 8000)
    inbox.receiveDatagram(BOB, { id: '00c0ffee00c0ffee', channel: 'general', text: HALF, sentAt: 0 })
    expect(shown.map(({ text }) => text)).toEqual(['a\ufffd!', 'a\ufffd!', 'a\ufffd!'])
  })

  test('in an own message that comes back is that message', async () => {
    const { inbox, say, store } = await startMessages()
    say(HALF, [BOB], 'general', 'a')
    const back = incoming(SELF, { id: 'a', text: HALF, identity: store.identity, hops: 1 })
    expect(inbox.receive(back, BOB.ip)).toEqual({ id: 'a', verdict: 'known' })
  })
})

describe('a peer that comes just after a message', () => {
  test('gets it, and it waits for that peer in the store', async () => {
    const { outgoing, say, store, sent } = await startMessages()
    say('hello')
    outgoing.onPresence({ kind: 'joined', peer: CAROL, channel: 'general' })
    expect(sent).toEqual(['alice: hello to bob, hops 0', 'alice: hello to carol, hops 0'])
    expect(store.unsettled()[0]?.waiting.map(({ name }) => name)).toEqual(['bob', 'carol'])
  })

  test.each([
    ['a group, which is for its members', 'trip'],
    ['direct messages', DIRECT],
  ])('gets nothing of %s', async (_name, channel) => {
    const { outgoing, sent } = await startMessages()
    const conversation = channel === DIRECT ? `@${addressKey(BOB)}` : channel
    outgoing.say({ conversation, channel, content: 'hello', recipients: [BOB] })
    outgoing.onPresence({ kind: 'joined', peer: CAROL, channel })
    expect(sent).toEqual(['alice: hello to bob, hops 0'])
  })
})
