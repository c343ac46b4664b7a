/** What is written and not sent is kept in the browser: over the end of a tab, for one peer alone, sent by one tab. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SendQueue } from '../../../src/web/app/send-queue.ts'
import { Drafts } from '../../../src/web/app/drafts.ts'
import { Store } from '../../../src/web/app/store.ts'
import { Unreachable, type Api } from '../../../src/web/net/api.ts'
import { fromJson } from '../../../src/chat/wire/json.ts'
import { isSameOwner, KeptRecord, type Owner } from '../../../src/web/model/owner.ts'
import { inOrder, strangerAt } from '../../../src/web/model/outgoing.ts'
import type { LocalMessage } from '../../../src/chat/wire/local-api.ts'
import { outgoing, ownMessage, person, state, view } from '../samples.ts'

const ALICE: Owner = { identity: 'a11ce00000000000', id: '10.0.0.1:8000', name: 'alice' }

/** The storage of a browser, whose tabs get each other's changes as events. */
class FakeBrowser {
  readonly items = new Map<string, string>()
  isFull = false
  #current: FakeTab | undefined
  readonly #tabs: FakeTab[] = []

  /** From now on this tab has the globals. */
  enter(tab: FakeTab): void {
    this.#current = tab
    if (!this.#tabs.includes(tab)) this.#tabs.push(tab)
    vi.stubGlobal('localStorage', this.#storage())
    vi.stubGlobal('sessionStorage', tab.storage())
    vi.stubGlobal('window', tab)
    vi.stubGlobal('navigator', {})
  }

  #storage(): unknown {
    return storageOf(this.items, (key, oldValue, newValue) => {
      if (this.isFull && newValue !== null) throw new Error('the quota is exceeded')
      for (const tab of this.#tabs) if (tab !== this.#current) tab.tell({ key, oldValue, newValue })
    })
  }
}

interface StorageChange {
  readonly key: string
  readonly oldValue: string | null
  readonly newValue: string | null
}

class FakeTab {
  readonly #items = new Map<string, string>()
  readonly #listeners: ((change: StorageChange) => void)[] = []

  addEventListener(_name: 'storage', listener: (change: StorageChange) => void): void {
    this.#listeners.push(listener)
  }

  tell(change: StorageChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  storage(): unknown {
    return storageOf(this.#items, () => undefined)
  }
}

function storageOf(
  items: Map<string, string>,
  changing: (key: string, before: string | null, after: string | null) => void,
): unknown {
  return {
    get length() {
      return items.size
    },
    key: (index: number) => [...items.keys()].toSorted()[index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => {
      changing(key, items.get(key) ?? null, value)
      items.set(key, value)
    },
    removeItem: (key: string) => {
      const before = items.get(key)
      items.delete(key)
      if (before !== undefined) changing(key, before, null)
    },
  }
}

/** A peer that accepts each message once, while it can be reached. */
class FakeApi {
  isThere = false
  readonly said: string[] = []
  readonly requests: string[] = []

  say({ id, text, conversation }: Pick<LocalMessage, 'id' | 'text' | 'conversation'>): Promise<LocalMessage> {
    if (!this.isThere) return Promise.reject(new Unreachable())
    this.requests.push(id)
    if (this.requests.filter((known) => known === id).length === 1) this.said.push(text)
    return Promise.resolve(ownMessage(text, 0, { id, key: id, conversation }))
  }
}

let browser: FakeBrowser
let api: FakeApi

beforeEach(() => {
  vi.useFakeTimers()
  browser = new FakeBrowser()
  api = new FakeApi()
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

interface OpenTab {
  readonly tab: FakeTab
  readonly sendQueue: SendQueue
  readonly store: Store
}

function openTab(owner: Owner = ALICE): OpenTab {
  const tab = new FakeTab()
  browser.enter(tab)
  const store = new Store(view({ link: { kind: 'lost', attempts: 1 } }))
  const sendQueue = new SendQueue(api as unknown as Api, store)
  sendQueue.begin(owner)
  return { tab, sendQueue, store }
}

/** Opens the connection and sends everything that waits. */
async function connect({ tab, sendQueue, store }: OpenTab): Promise<void> {
  browser.enter(tab)
  api.isThere = true
  store.dispatch({ kind: 'link', link: { kind: 'open' } })
  sendQueue.takeOver()
  await vi.advanceTimersByTimeAsync(0)
}

function texts({ store }: OpenTab): string[] {
  return store.view.outgoing.map(({ text }) => text)
}

describe('messages that wait', () => {
  test('outlive the tab: the next one sends them once, in order', async () => {
    const first = openTab()
    const all = Array.from({ length: 12 }, (_, index) => `line ${index}`)
    for (const text of all) first.sendQueue.say('general', text, false)
    expect(first.sendQueue.holdsUnkept, 'the tab may be closed').toBe(false)
    const second = openTab()
    expect(texts(second)).toEqual(all)
    await connect(second)
    expect(api.said).toEqual(all)
    expect(browser.items.size).toBe(0)
    const third = openTab()
    expect(texts(third)).toEqual([])
  })

  test('in two tabs: each is one message, and neither tab holds it in the end', async () => {
    const first = openTab()
    first.sendQueue.say('general', 'of both', false)
    const second = openTab()
    expect(texts(second)).toEqual(['of both'])
    await connect(second)
    expect(texts(first), 'the answer went to the other tab').toEqual(['of both'])
    await connect(first)
    expect([api.said, texts(first), texts(second), browser.items.size]).toEqual([['of both'], [], [], 0])
  })

  test('a tab that adopted a message which another one has sent since does not send it', async () => {
    const first = openTab()
    first.sendQueue.say('general', 'handed over', false)
    const second = openTab()
    await connect(first)
    await connect(second)
    expect(api.requests).toHaveLength(1)
    expect(texts(second)).toEqual([])
  })

  test('a message that is discarded in one tab disappears from the other', () => {
    const first = openTab()
    first.sendQueue.say('general', 'never mind', false)
    const second = openTab()
    browser.enter(first.tab)
    first.sendQueue.discard(first.store.view.outgoing[0]?.id ?? '')
    expect(texts(second)).toEqual([])
  })

  test('a message of this tab is sent although the storage was emptied', async () => {
    const first = openTab()
    first.sendQueue.say('general', 'still here', false)
    browser.items.clear()
    await connect(first)
    expect(api.said).toEqual(['still here'])
  })

  test.each<[name: string, owner: Owner, isFound: boolean]>([
    ['the same peer at another address', { ...ALICE, id: '10.0.0.9:8001' }, true],
    ['the same peer under another name', { ...ALICE, name: 'alicia' }, true],
    ['a peer without data, started again', { ...ALICE, identity: 'b0b0000000000000' }, true],
    ['another peer at the same address', { ...ALICE, identity: 'b0b0000000000000', name: 'bob' }, false],
    ['another peer of the same name', { ...ALICE, identity: 'b0b0000000000000', id: '10.0.0.2:8000' }, false],
  ])('belong to the peer: %s', (_name, owner, isFound) => {
    openTab().sendQueue.say('general', 'mine', false)
    expect(texts(openTab(owner))).toEqual(isFound ? ['mine'] : [])
  })

  test('that could not be stored are marked, and hold the tab', async () => {
    const first = openTab()
    browser.isFull = true
    first.sendQueue.say('general', 'only here', false)
    expect(first.store.view.outgoing[0]?.isKept).toBe(false)
    expect(first.sendQueue.holdsUnkept).toBe(true)
    await connect(first)
    expect(first.sendQueue.holdsUnkept).toBe(false)
  })

  test('are stored as soon as the owner is known', () => {
    browser.enter(new FakeTab())
    const store = new Store(view({ link: { kind: 'lost', attempts: 1 } }))
    const sendQueue = new SendQueue(api as unknown as Api, store)
    sendQueue.say('general', 'early', false)
    expect(sendQueue.holdsUnkept).toBe(true)
    sendQueue.begin(ALICE)
    expect(sendQueue.holdsUnkept).toBe(false)
    expect(browser.items.size).toBe(1)
  })

  test('foreign entries in the storage are left alone', () => {
    for (const [name, value] of [
      ['a', 'x'],
      ['b', '{}'],
      ['c', JSON.stringify({ owner: ALICE, value: { id: 1 } })],
      ['d', JSON.stringify({ owner: {}, value: outgoing('d') })],
    ] as const)
      browser.items.set(`parley.outgoing.${name}`, value)
    expect(texts(openTab())).toEqual([])
    expect(browser.items.size).toBe(4)
  })
})

describe('a direct message that waited', () => {
  const direct = outgoing('x', { conversation: '@bob-id', to: 'bob' })
  test.each<[name: string, one: typeof direct, now: string | undefined, isHeld: boolean]>([
    ['to the same person', direct, 'bob', false],
    ['when another person is at the address', direct, 'dave', true],
    ['when nobody is at the address', direct, undefined, false],
    ['when the name is not known', direct, 'bob-id', false],
    ['to a person whose name was not known', { ...direct, to: undefined }, 'dave', false],
    ['in a channel', { ...direct, conversation: 'general' }, 'dave', false],
  ])('%s', (_name, one, now, isHeld) => {
    const people = now === undefined ? [] : [person(now, { id: 'bob-id' })]
    expect(strangerAt(state({ people }), one) !== undefined).toBe(isHeld)
  })

  test('is not sent to another person, until it is retried', async () => {
    const first = openTab()
    first.sendQueue.say('@bob-id', 'between us', false)
    const second = openTab()
    second.store.dispatch({ kind: 'state', state: state({ people: [person('dave', { id: 'bob-id' })] }) })
    await connect(second)
    expect(api.said).toEqual([])
    const [held] = second.store.view.outgoing
    expect(held).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('written to bob') as string,
    })
    second.sendQueue.retry(held?.id ?? '')
    await vi.advanceTimersByTimeAsync(0)
    expect(api.said).toEqual(['between us'])
  })
})

describe('drafts', () => {
  function draftsOf(owner: Owner = ALICE, tab = new FakeTab()): { drafts: Drafts; tab: FakeTab } {
    browser.enter(tab)
    const drafts = new Drafts()
    drafts.begin(owner)
    return { drafts, tab }
  }

  test('outlive the tab', () => {
    draftsOf().drafts.set('general', 'half a thought')
    expect(draftsOf().drafts.of('general')).toBe('half a thought')
  })

  test('a reload of a tab finds its own, not that of another tab', () => {
    const { drafts, tab } = draftsOf()
    drafts.set('general', 'mine')
    draftsOf().drafts.set('general', 'of the other tab')
    expect(draftsOf(ALICE, tab).drafts.of('general')).toBe('mine')
  })

  test('sent in the tab where it was written: gone in the other', () => {
    const first = draftsOf()
    first.drafts.set('general', 'hello')
    const second = draftsOf()
    const told = vi.fn()
    second.drafts.subscribe(told)
    browser.enter(first.tab)
    first.drafts.set('general', '')
    expect(second.drafts.of('general')).toBe('')
    expect(told).toHaveBeenCalled()
    expect(browser.items.size).toBe(0)
  })

  test('an adopted draft follows the other tab', () => {
    const first = draftsOf()
    first.drafts.set('general', 'hel')
    const second = draftsOf()
    browser.enter(first.tab)
    first.drafts.set('general', 'hello')
    expect(second.drafts.of('general')).toBe('hello')
  })

  test('another draft of another tab stays when one is sent', () => {
    const [first, second] = [draftsOf(), draftsOf()]
    browser.enter(first.tab)
    first.drafts.set('general', 'mine')
    browser.enter(second.tab)
    second.drafts.set('general', 'of the second tab')
    expect(first.drafts.of('general'), 'not written over').toBe('mine')
    browser.enter(first.tab)
    first.drafts.set('general', 'mine, changed')
    browser.enter(second.tab)
    second.drafts.set('general', '')
    expect(first.drafts.of('general')).toBe('mine, changed')
    expect(draftsOf().drafts.of('general')).toBe('mine, changed')
  })

  test('belong to their peer', () => {
    const bob: Owner = { identity: 'b0b0000000000000', id: ALICE.id, name: 'bob' }
    draftsOf().drafts.set('general', 'of alice')
    const { drafts } = draftsOf(bob)
    expect(drafts.of('general')).toBe('')
    drafts.set('general', 'of bob')
    expect(draftsOf().drafts.of('general')).toBe('of alice')
    expect(draftsOf(bob).drafts.of('general')).toBe('of bob')
  })

  test('follow the peer to another identity, and stay one', () => {
    draftsOf().drafts.set('general', 'half a thought')
    const again: Owner = { ...ALICE, identity: 'b0b0000000000000' }
    draftsOf(again).drafts.set('general', '')
    expect(browser.items.size).toBe(0)
  })

  test('without a storage they last as long as the tab', () => {
    browser.enter(new FakeTab())
    vi.stubGlobal('localStorage', undefined)
    vi.stubGlobal('sessionStorage', undefined)
    const drafts = new Drafts()
    drafts.begin(ALICE)
    drafts.set('general', 'half a thought')
    expect(drafts.of('general')).toBe('half a thought')
  })
})

test.each<[name: string, saved: string]>([
  ['nothing', ''],
  ['no record', '"x"'],
  ['no owner', '{"value":1}'],
  ['an owner without a name', '{"owner":{"id":"x"},"value":1}'],
])('%s is no record', (_name, saved) => {
  expect(fromJson(KeptRecord, saved)).toBeUndefined()
})

test('a record of a peer without an identity comes back', () => {
  const owner: Owner = { identity: undefined, id: '10.0.0.1:8000', name: 'alice' }
  expect(fromJson(KeptRecord, JSON.stringify({ owner, value: 1 }))).toEqual({ owner, value: 1 })
  expect(isSameOwner(owner, ALICE)).toBe(true)
})

test('messages of several tabs are in the order of writing', () => {
  const queue = [outgoing('b', { at: 2 }), outgoing('c', { at: 3 }), outgoing('a', { at: 1 })]
  expect(inOrder(queue).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
})
