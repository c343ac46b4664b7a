/** Every view of the page, and the steps to it. */
import type { Page } from 'playwright-core'
import type { ScriptedPeer } from './scripted-peer.ts'
import { ignoreListText } from '../../src/chat/ignore-list.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { BOB, DAVE, directWith, ERIN, idOf, WORLD, ZOE } from './world.ts'

export interface Shown {
  readonly page: Page
  readonly peer: ScriptedPeer
  readonly isPhone: boolean
}

export interface View {
  readonly show: (shown: Shown) => Promise<void>
  readonly isEmpty?: boolean
  /** On wide screens it is a part of the page. */
  readonly isPhoneOnly?: boolean
  /** The number of older messages. */
  readonly more?: number
  readonly hasToken?: boolean
}

async function button(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).first().click()
}

/** Waits for a title with this beginning. */
export async function hasTitle(page: Page, start: string): Promise<void> {
  while (!(await page.title()).startsWith(start)) await page.evaluate('new Promise(requestAnimationFrame)')
}

async function settings({ page, isPhone }: Shown): Promise<void> {
  if (isPhone) await button(page, 'Conversations')
  await page.getByRole('button', { name: 'Settings' }).last().click()
  await page.getByRole('radio').first().waitFor()
}

/** Erin, who has a key, comes and says this. */
async function erinSays({ page, peer }: Shown, text: string, words = text): Promise<void> {
  peer.chat.people = [...WORLD.people, ERIN]
  peer.chat.hear({ from: ERIN, text, ago: 0 })
  await page.getByText(words).last().waitFor()
}

/** An ignore list of these people, who were never met. */
function listOf(...names: readonly string[]): string {
  return ignoreListText(
    names.map((name, index) => ({ name, key: new KeyPair(Buffer.alloc(32, 60 + index)).id })),
  )
}

async function aboutErin(shown: Shown): Promise<void> {
  await erinSays(shown, 'I have a key.')
  await shown.page.locator('.author-button', { hasText: 'Erin' }).last().click()
  await shown.page.waitForSelector('dialog .hush-buttons')
}

export const VIEWS: Readonly<Record<string, View>> = {
  channel: { show: () => Promise.resolve() },
  direct: {
    show: async ({ page }) => {
      await page.goto(`${page.url().split('#')[0] ?? ''}#direct=${encodeURIComponent(idOf(BOB))}`)
      await page.getByText('The usual place?').waitFor()
    },
  },
  'direct-away': {
    show: async ({ page }) => {
      await page.goto(`${page.url().split('#')[0] ?? ''}#direct=${encodeURIComponent(idOf(DAVE))}`)
      await page.getByText('Call me when').waitFor()
    },
  },
  unread: {
    show: async ({ page, peer }) => {
      for (const text of ['Anybody awake?', 'Alice, the cable is too short.', 'Never mind.'])
        peer.chat.hear({ from: ZOE, text, ago: 0, conversation: 'ops' })
      peer.chat.hear({ from: BOB, text: 'See you there.', ago: 0, conversation: directWith(BOB) })
      await hasTitle(page, '(4')
    },
  },
  'unread-line': {
    show: async ({ page, peer }) => {
      for (const text of ['Anybody awake?', 'Alice, the cable is too short.', 'Never mind.'])
        peer.chat.hear({ from: ZOE, text, ago: 0, conversation: 'ops' })
      await hasTitle(page, '(3')
      await page.keyboard.press('Alt+ArrowDown')
      await page.waitForSelector('.line-unread')
    },
  },
  above: {
    more: 80,
    show: async ({ page, peer }) => {
      // A layout in progress may scroll back to the end.
      while ((await page.locator('.jump-button').count()) === 0) await page.evaluate('log.scrollTop -= 900')
      peer.chat.hear({ from: BOB, text: 'down here', ago: 0 })
      await page.getByText('1 new').waitFor()
    },
  },
  beginning: {
    more: 80,
    show: async ({ page }) => {
      while ((await page.locator('.beginning').count()) === 0) await page.evaluate('log.scrollTop = 0')
    },
  },
  failures: {
    show: async ({ page }) => {
      for (const text of ['FAIL the first', 'REFUSE the second']) {
        await page.fill('#composer', text)
        await page.press('#composer', 'Enter')
      }
      await page.waitForSelector('.failures')
    },
  },
  invited: {
    show: async ({ page, peer, isPhone }) => {
      peer.chat.invited = [{ name: 'garden', from: ZOE }]
      peer.chat.onEvent({ kind: 'notice', text: 'Zoë invites you' })
      if (isPhone) await button(page, 'Conversations')
      await page.getByRole('button', { name: 'Join 🔒#!garden' }).last().waitFor()
    },
  },
  members: {
    show: async ({ page }) => {
      await page.fill('#composer', '/create #garden --closed')
      await page.press('#composer', 'Enter')
      await hasTitle(page, '🔒#!garden')
      await page.fill('#composer', '/invite @carol')
      await page.press('#composer', 'Enter')
      await button(page, 'Members of this closed channel')
      await page.getByRole('button', { name: 'Remove carol' }).waitFor()
      await button(page, 'Make a link')
      await page.getByRole('img', { name: 'Link 1 as a QR code' }).waitFor()
    },
  },
  completion: {
    show: async ({ page }) => {
      await page.focus('#composer')
      await page.keyboard.type('Thank you @')
      await page.waitForSelector('[role=option]')
    },
  },
  draft: {
    show: async ({ page }) => {
      await page.fill(
        '#composer',
        'A longer message\nof several lines,\n\nwhich is not sent yet: the field grows with it.',
      )
    },
  },
  notices: {
    show: async ({ page, peer }) => {
      peer.chat.onEvent({ kind: 'notice', text: 'Zoë follows you' })
      await page.fill('#composer', '/jion #tea')
      await page.press('#composer', 'Enter')
      await page.waitForSelector('.complaint')
    },
  },
  navigation: {
    isPhoneOnly: true,
    show: async ({ page }) => {
      await button(page, 'Conversations')
    },
  },
  people: {
    isPhoneOnly: true,
    show: async ({ page }) => {
      await button(page, 'Who is here')
    },
  },
  person: {
    show: async ({ page }) => {
      await page.locator('.author-button', { hasText: 'carol' }).last().click()
      await page.waitForSelector('dialog .person-card')
    },
  },
  profile: {
    show: async ({ page, isPhone }) => {
      if (isPhone) await button(page, 'Conversations')
      await page.locator('.own-profile-button').last().click()
      await page.waitForSelector('dialog .picture-field')
    },
  },
  settings: { show: settings },
  'person-with-key': { show: aboutErin },
  'person-blocked': {
    show: async (shown) => {
      await aboutErin(shown)
      await button(shown.page, 'Block')
      await shown.page.getByRole('button', { name: 'No longer blocked' }).waitFor()
    },
  },
  verify: {
    show: async (shown) => {
      await aboutErin(shown)
      await button(shown.page, 'Compare keys')
      await shown.page.waitForSelector('dialog .safety-code')
    },
  },
  contacts: {
    show: async ({ page, peer }) => {
      peer.chat.people = [...WORLD.people, ERIN]
      peer.chat.verify(ERIN.peer)
      await page.fill('#composer', '/contacts')
      await page.press('#composer', 'Enter')
      await page.locator('dialog .person-button', { hasText: 'Erin' }).waitFor()
    },
  },
  'profile-in-network': {
    show: async ({ page, peer, isPhone }) => {
      peer.chat.network = 'k3f9-2mx7'
      peer.chat.people = WORLD.people
      if (isPhone) await button(page, 'Conversations')
      await page.locator('.own-profile-button').last().click()
      await page.getByText('Your network: k3f9-2mx7').waitFor()
    },
  },
  muted: {
    show: async (shown) => {
      await erinSays(shown, 'Alice, look at this!')
      shown.peer.chat.hush(idOf(ERIN), 'mute', 3_600_000)
      shown.peer.chat.hear({ from: ERIN, text: 'And at this!', ago: 0 })
      shown.peer.chat.people = [...WORLD.people, ERIN]
      await shown.page.locator('.message.is-hushed').nth(1).waitFor()
    },
  },
  flood: {
    show: async (shown) => {
      await erinSays(shown, 'buy this')
      const flooding = { id: idOf(ERIN), name: 'Erin' }
      const text = 'Erin sends a lot; "/ignore Erin" drops what it says'
      shown.peer.chat.onEvent({ kind: 'notice', text, flooding })
      await shown.page.getByRole('button', { name: 'Ignore Erin' }).waitFor()
    },
  },
  'hushed-settings': {
    show: async (shown) => {
      const { chat } = shown.peer
      chat.hush(idOf(BOB), 'mute', 3_600_000)
      chat.hush(idOf(ERIN), 'ignore')
      chat.hush('#tea', 'mute')
      chat.people = [...WORLD.people, ERIN]
      await settings(shown)
      await shown.page.locator('.hushed-list > li').nth(2).waitFor()
    },
  },
  'ignore-list-shared': {
    show: (shown) => erinSays(shown, listOf('mallory', 'spam bot'), 'shares a list of 2 ignored people'),
  },
  'ignore-list': {
    show: async (shown) => {
      await erinSays(shown, listOf('mallory', 'spam bot', ''), 'shares a list of 3 ignored people')
      await button(shown.page, 'Look at the list')
      await shown.page.locator('.ignore-list > li').nth(2).waitFor()
      await shown.page.getByRole('button', { name: /^Ignore: mallory/ }).click()
      await shown.page.getByRole('button', { name: 'Undo: 1 ignored person' }).waitFor()
    },
  },
  keys: {
    show: async ({ page }) => {
      await page.keyboard.press('Control+/')
      await page.waitForSelector('dialog .keys')
    },
  },
  join: {
    show: async ({ page, isPhone }) => {
      if (isPhone) await button(page, 'Conversations')
      await page.getByRole('button', { name: 'Join a channel' }).last().click()
      await page.getByLabel('Name of the channel').fill('#garden')
    },
  },
  'join-problem': {
    show: async ({ page, isPhone }) => {
      if (isPhone) await button(page, 'Conversations')
      await page.getByRole('button', { name: 'Join a channel' }).last().click()
      await page.getByLabel('Name of the channel').fill('what?')
      await page.keyboard.press('Enter')
      await page.getByText('Take out').waitFor()
    },
  },
  switcher: {
    show: async ({ page }) => {
      await page.keyboard.press('Control+k')
      await page.waitForSelector('dialog [role=option]')
    },
  },
  search: {
    show: async ({ page }) => {
      await page.keyboard.press('Control+Shift+F')
      await page.getByLabel('Words').fill('the')
      await page.waitForSelector('.found-button')
    },
  },
  'search-nothing': {
    show: async ({ page }) => {
      await page.keyboard.press('Control+Shift+F')
      await page.getByLabel('Words').fill('xylophone')
      await page.getByText('Nothing found').waitFor()
    },
  },
  'search-result': {
    more: 300,
    show: async ({ page }) => {
      await page.keyboard.press('Control+Shift+F')
      await page.getByLabel('Words').fill('message 12')
      await page.locator('.found-button').last().click()
      await page.waitForSelector('.message.is-found')
    },
  },
  disconnected: {
    show: async ({ page, peer }) => {
      await peer.network.unplug()
      await page.waitForSelector('.banner-error')
      await page.fill('#composer', 'I write this while nothing answers.')
      await page.press('#composer', 'Enter')
      await page.waitForSelector('.fate-waiting')
    },
  },
  'tracker-lost': {
    show: async ({ page, peer }) => {
      peer.chat.onEvent({ kind: 'tracker', state: 'lost', detail: 'no answer from 192.168.1.2:8000' })
      await page.waitForSelector('.banner-warning')
    },
  },
  'disk-full': {
    show: async ({ page, peer }) => {
      peer.chat.failDisk('no space is left on the disk.')
      await page.waitForSelector('.banner-error')
    },
  },
  nobody: {
    isEmpty: true,
    show: async ({ page, peer }) => {
      peer.chat.people = []
      await page.waitForSelector('.banner-hint')
    },
  },
  empty: { isEmpty: true, show: () => Promise.resolve() },
  'not-in': {
    show: async ({ page }) => {
      await page.goto(`${page.url().split('#')[0] ?? ''}#channel=elsewhere`)
      await page.waitForSelector('.not-in')
    },
  },
  'no-token': { hasToken: false, show: () => Promise.resolve() },
  'old-token': {
    show: async ({ page, peer }) => {
      await peer.restart()
      await page.waitForSelector('.needs-token')
    },
  },
}
