/** The shapes of the local API: what a reader takes, and what it does not. */
import { describe, expect, test } from 'vitest'
import type { GenericSchema } from 'valibot'
import { fromJson } from '../../../src/chat/wire/json.ts'
import {
  LocalEvent,
  LocalMessage,
  LocalPage,
  LocalRefusal,
  LocalState,
} from '../../../src/chat/wire/local-api.ts'
import { delivery, message, ownMessage, state } from '../../web/samples.ts'

describe('is taken as it is', () => {
  test.each<[name: string, shape: GenericSchema, value: object]>([
    ['the state', LocalState, state()],
    ['a state without a LAN', LocalState, state({ lan: undefined, problem: 'disk' })],
    ['a message', LocalMessage, message('x')],
    ['a relayed message', LocalMessage, message('x', 0, { relayed: true, clockShift: -5 })],
    [
      'a message with its delivery',
      LocalMessage,
      ownMessage('x', 0, { delivery: delivery({ failed: [{ name: 'a', reason: 'b', code: 'refused' }] }) }),
    ],
    ['a page', LocalPage, { messages: [message('x')], before: '7' }],
    ['a delivery', LocalEvent.delivery, { key: 'k', conversation: 'general', delivery: delivery() }],
    ['a notice', LocalEvent.notice, { text: 'x' }],
    ['a refusal', LocalRefusal, { error: 'x', detail: 'y' }],
  ])('%s', (_name, shape, value) => {
    const json = JSON.stringify(value)
    expect(fromJson(shape, json)).toEqual(JSON.parse(json))
  })
})

describe('of a newer peer', () => {
  test('members that are new are dropped', () => {
    expect(fromJson(LocalEvent.notice, '{"text":"x","more":[1]}')).toEqual({ text: 'x' })
  })

  test('a kind of failure that is new has no code', () => {
    const failed = [{ name: 'a', reason: 'b', code: 'eaten' }]
    const update = { key: 'k', conversation: 'general', delivery: { ...delivery(), failed } }
    const read = fromJson(LocalEvent.delivery, JSON.stringify(update))
    expect(read?.delivery.failed).toEqual([{ name: 'a', reason: 'b', code: undefined }])
  })
})

describe('is undefined', () => {
  test.each<[name: string, shape: GenericSchema, json: string]>([
    ['text that is no JSON', LocalState, 'x'],
    ['an empty text', LocalState, ''],
    ['another shape', LocalState, '{}'],
    ['null', LocalMessage, 'null'],
    ['a list', LocalMessage, '[]'],
    ['a message with a number for a text', LocalMessage, JSON.stringify({ ...message('x'), text: 1 })],
    ['a page with a bad message', LocalPage, '{"messages":[{}]}'],
    ['a tracker in an unknown state', LocalState, JSON.stringify(state()).replace('registered', 'odd')],
  ])('%s', (_name, shape, json) => {
    expect(fromJson(shape, json)).toBeUndefined()
  })
})
