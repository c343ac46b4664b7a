/** What the input of the composer does, against the real local API. */
import { expect, test } from 'vitest'
import { BOB, directWith, YUKI } from '../../../scripts/web/world.ts'
import { peerId } from '../../../src/chat/model.ts'
import { perform, remove } from '../../../src/web/app/perform.ts'
import { conversationIn } from '../../../src/web/model/location.ts'
import { until } from '../../support/wait.ts'
import { accepted, openPage, type OpenPage } from './support.ts'

/** The conversation in the address, which main.tsx opens. */
function address(): string | undefined {
  return conversationIn(location.hash)
}

test.each<[draft: string, conversation: string, text: string, action: boolean]>([
  ['hello', 'general', 'hello', false],
  ['/me waves', 'general', 'waves', true],
  ['//quit', 'general', '/quit', false],
  ['/post to all', 'general', 'to all', false],
  [`/msg ${YUKI.peer.name} psst`, directWith(YUKI), 'psst', false],
  ['/msg @Bob psst', directWith(BOB), 'psst', false],
])('%s is sent', async (draft, conversation, text, action) => {
  const { chat, peer } = await openPage()
  expect(await perform(chat, draft)).toBe(true)
  await until(() => chat.view.outgoing.length === 0, 'it is accepted')
  const last = peer.chat.ownMessages.at(-1)
  const content = { kind: action ? 'action' : 'text', text }
  expect([last?.conversation, last?.message.content]).toEqual([conversation, content])
  expect(address()).toBe(conversation)
})

test.each<[draft: string, isDone: (page: OpenPage) => boolean]>([
  ['/join #Garden', ({ peer }) => peer.chat.channels.includes('garden') && address() === 'garden'],
  ['/part #tea', ({ peer }) => !peer.chat.channels.includes('tea')],
  ['/nick Alicia', ({ peer, chat }) => peer.chat.self.name === 'Alicia' && chat.view.notices.length === 1],
  ['/search tea', ({ chat }) => chat.view.panel.kind === 'search' && chat.view.panel.words === 'tea'],
  ['/help', ({ chat }) => chat.view.panel.kind === 'keys'],
  ['/retry', ({ chat }) => chat.view.notices[0]?.text === 'Trying again: 1 message.'],
])('%s does it', async (draft, isDone) => {
  const page = await openPage()
  expect(await perform(page.chat, draft)).toBe(true)
  expect(isDone(page)).toBe(true)
  expect(page.chat.view.complaint).toBeUndefined()
})

test('the open channel is left: another one is opened', async () => {
  const { chat, peer } = await openPage()
  expect(await perform(chat, '/part')).toBe(true)
  expect(peer.chat.channels).not.toContain('general')
  expect(address()).toBe('ops')
})

test.each<[draft: string, complaint: RegExp]>([
  ['/jion #tea', /Did you mean \/join\?/],
  ['/quit', /command of the terminal/],
  ['/nick', /\/nick name/],
  ['/msg Nobody hello', /Nobody/],
  ['/join what?', /Take out “\?”/],
  ['/part #elsewhere', /You are not in this channel/],
  ['/nick system', /reserved|nobody may have|must not/],
])('%s: nothing is sent, the draft stays, and the page says why', async (draft, complaint) => {
  const { chat, peer } = await openPage()
  const before = accepted(peer)
  expect(await perform(chat, draft)).toBe(false)
  expect(chat.view.complaint?.text).toMatch(complaint)
  expect(accepted(peer)).toEqual(before)
  expect(await perform(chat, 'something else')).toBe(true)
  expect(chat.view.complaint, 'the next that works takes the complaint away').toBeUndefined()
})

test('an empty draft does nothing', async () => {
  const { chat } = await openPage()
  expect(await perform(chat, '  \n ')).toBe(false)
  expect(chat.view.complaint).toBeUndefined()
})

test('a removal says how many open links still let people in', async () => {
  const { chat, peer } = await openPage()
  const label = peer.chat.createClosed('vault')
  peer.chat.invite(label, BOB.peer)
  peer.chat.inviteByLink(label)
  expect(await remove(chat, label, { id: peerId(BOB.peer), name: 'Bob' })).toBe(true)
  expect(chat.view.notices[0]?.text).toBe(
    'Bob reads nothing that is said in 🔒#!vault from now on. 1 open link still lets people in: withdraw it in the list of members.',
  )
})
