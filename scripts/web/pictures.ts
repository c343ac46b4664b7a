/** The pictures of docs/screenshots, and the steps to what they show. */
import { PICTURED_PEOPLE } from './picture-world.ts'
import { hasTitle, type Shown } from './views.ts'
import { idOf } from './world.ts'

export interface Picture {
  readonly screens: readonly ('wide' | 'phone')[]
  readonly show: (shown: Shown) => Promise<void>
  readonly isEmpty?: boolean
}

const BOTH = ['wide', 'phone'] as const
const { BOB, ZOE, DAVE } = PICTURED_PEOPLE

export const PICTURES: Readonly<Record<string, Picture>> = {
  channel: {
    screens: BOTH,
    show: async ({ page, peer }) => {
      for (const text of ['It drifts the other way now.', 'Alice, can you have a look?'])
        peer.chat.hear({ from: ZOE, text, ago: 0, conversation: 'microscope' })
      await hasTitle(page, '(2')
    },
  },
  direct: {
    screens: BOTH,
    show: async ({ page }) => {
      await page.goto(`${page.url().split('#')[0] ?? ''}#direct=${encodeURIComponent(idOf(BOB))}`)
      await page.getByText('The usual place?').waitFor()
      await page.fill('#composer', 'Then I take the chance to bring back your book.')
    },
  },
  away: {
    screens: ['wide'],
    show: async ({ page }) => {
      await page.goto(`${page.url().split('#')[0] ?? ''}#direct=${encodeURIComponent(idOf(DAVE))}`)
      await page.getByText('Call me when').waitFor()
    },
  },
  unread: {
    screens: BOTH,
    show: async ({ page, peer }) => {
      for (const text of ['It drifts the other way now.', 'Alice, can you have a look?', 'No hurry.'])
        peer.chat.hear({ from: ZOE, text, ago: 0, conversation: 'microscope' })
      await hasTitle(page, '(3')
      await page.goto(`${page.url().split('#')[0] ?? ''}#channel=microscope`)
      await page.locator('.line-unread').waitFor()
    },
  },
  search: {
    screens: BOTH,
    show: async ({ page }) => {
      await page.keyboard.press('Control+Shift+F')
      await page.getByLabel('Words').fill('printer')
      await page.locator('.found-button').first().waitFor()
    },
  },
  found: {
    screens: BOTH,
    show: async ({ page }) => {
      await page.keyboard.press('Control+Shift+F')
      await page.getByLabel('Words').fill('printer')
      await page.locator('.found-button').nth(30).click()
      await page.locator('.message.is-found').waitFor()
    },
  },
  switcher: {
    screens: ['wide'],
    show: async ({ page }) => {
      await page.keyboard.press('Control+k')
      await page.locator('dialog [role=option]').first().waitFor()
    },
  },
  completion: {
    screens: ['wide'],
    show: async ({ page }) => {
      await page.focus('#composer')
      await page.keyboard.type('Coming, @')
      await page.locator('[role=option]').first().waitFor()
    },
  },
  profile: {
    screens: BOTH,
    show: async ({ page, isPhone }) => {
      if (isPhone) await page.getByRole('button', { name: 'Conversations' }).first().click()
      await page.locator('.own-profile-button').last().click()
      await page.locator('dialog .picture-field').waitFor()
    },
  },
  navigation: {
    screens: ['phone'],
    show: async ({ page }) => {
      await page.getByRole('button', { name: 'Conversations' }).first().click()
      await page.locator('dialog[open]').waitFor()
    },
  },
  failed: {
    screens: ['wide'],
    show: async ({ page, peer }) => {
      peer.chat.fails = (text) => text.startsWith('Bob')
      for (const text of [
        'Bob, do you hear us?',
        'He is in the cleanroom.',
        'Bob, call us when you are back.',
      ]) {
        await page.fill('#composer', text)
        await page.press('#composer', 'Enter')
      }
      await page.locator('.failures').waitFor()
      await page.getByText('delivered 5/5').last().waitFor()
    },
  },
  offline: {
    screens: BOTH,
    show: async ({ page, peer }) => {
      await peer.network.unplug()
      await page.locator('.banner-error').waitFor()
      await page.fill('#composer', 'I write this while nothing answers.')
      await page.press('#composer', 'Enter')
      await page.locator('.fate-waiting').last().waitFor()
    },
  },
  alone: {
    screens: ['wide'],
    isEmpty: true,
    show: async ({ page, peer }) => {
      peer.chat.people = []
      peer.chat.onEvent({ kind: 'tracker', state: 'none', detail: '' })
      await page.locator('.banner-hint').waitFor()
    },
  },
  keys: {
    screens: ['wide'],
    show: async ({ page }) => {
      await page.keyboard.press('Control+/')
      await page.locator('dialog .keys').waitFor()
    },
  },
}
