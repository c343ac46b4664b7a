/** Pages of a conversation after a place and around a time, and own messages by their id. */
import { beforeEach, describe, expect, test } from 'vitest'
import { CAROL, BEGIN, opened, own, said } from './support.ts'
import type { Page, Store } from '../../src/store/store.ts'

let store: Store

beforeEach(async () => {
  ;({ store } = await opened())
  for (let number = 1; number <= 9; number++) store.add(said(`${number}`, { at: number * 10 }))
  store.add(said('elsewhere', { channel: 'ops', at: 55 }))
})

function ids({ entries }: Page): string {
  return entries.map(({ message }) => message.id).join(' ')
}

describe('around a time', () => {
  test.each<[what: string, at: number, limit: number, ids: string, hasBefore: boolean, hasAfter: boolean]>([
    ['of a message', 50, 4, '3 4 5 6', true, true],
    ['between two', 55, 4, '4 5 6 7', true, true],
    ['before all', -5, 4, '1 2', false, true],
    ['of the first', 10, 4, '1 2', false, true],
    ['of the second', 20, 4, '1 2 3', false, true],
    ['of the last', 90, 4, '7 8 9', true, false],
    ['after all', 1_000, 4, '8 9', true, false],
    ['an odd number', 50, 3, '3 4 5 6', true, true],
    ['one', 50, 1, '4 5', true, true],
    ['more than there are', 50, 100, '1 2 3 4 5 6 7 8 9', false, false],
    ['none', 50, 0, '', false, false],
  ])('%s', (_, at, limit, expected, hasBefore, hasAfter) => {
    const page = store.pageAround('general', limit, BEGIN + at)
    expect(ids(page)).toBe(expected)
    expect([page.before !== undefined, page.after !== undefined]).toEqual([hasBefore, hasAfter])
  })

  test('messages at exactly this time all come after it', () => {
    for (const id of ['a', 'b', 'c']) store.add(said(id, { at: 50, from: CAROL }))
    expect(ids(store.pageAround('general', 8, BEGIN + 50))).toBe('1 2 3 4 5 a b c')
  })

  test('in a conversation without messages', () => {
    expect(store.pageAround('nowhere', 9, BEGIN)).toEqual({ entries: [] })
  })
})

describe('after a place', () => {
  test('page by page, the whole conversation comes, each message once', () => {
    const shown: string[] = []
    let page = store.pageAround('general', 2, BEGIN)
    shown.push(ids(page))
    while (page.after !== undefined) {
      page = store.pageAfter('general', 3, page.after)
      shown.push(ids(page))
      expect(page.before).toBeUndefined()
    }
    expect(shown.join(' | ')).toBe('1 | 2 3 4 | 5 6 7 | 8 9')
  })

  test.each(['', 'x', '1_2', '1_2_3_4', 'NaN_0_0', '1__2'])('%j is not a cursor', (cursor) => {
    expect(store.pageAfter('general', 9, cursor)).toEqual({ entries: [] })
  })

  test('a limit of 0', () => {
    const { after = '' } = store.pageAround('general', 2, BEGIN)
    expect(store.pageAfter('general', 0, after)).toEqual({ entries: [] })
  })
})

describe('an own message', () => {
  test('is found by its id, unlike messages of others with the same id', () => {
    const { identity } = store
    const mine = own('5', { from: { ip: '10.0.0.1', port: 8000, name: 'me', identity } })
    store.add(mine)
    expect(store.own('5')).toMatchObject({ own: true, message: { id: '5', from: { identity } } })
    expect(store.own('4')).toBeUndefined()
    expect(store.own('')).toBeUndefined()
  })
})
