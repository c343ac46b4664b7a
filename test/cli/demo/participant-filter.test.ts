import { describe, expect, test } from 'vitest'
import { ParticipantFilter } from '../../../src/cli/demo/participant-filter.ts'
import { alice, bob, datagram, messageEvent, receiptEvent, said, stranger } from './fixtures.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

const OURS = 'TYPE: PING\nHTTP_PORT: 8001\n\n'
const OURS_SHORT = 'TYPE:PING\nHTTP_PORT:8001\n\n'
const THEIRS = 'TYPE: PING\nHTTP_PORT: 9000\n\n'

function company(): ParticipantFilter {
  return new ParticipantFilter([8000, 8001])
}

describe('what is ours stays as it is', () => {
  test.each<[name: string, event: ChatEvent]>([
    ['a message of somebody here', messageEvent(said(bob, 'hello'))],
    ['a message of our own', messageEvent(said(stranger, 'hello'), true)],
    ['somebody joins', { kind: 'joined', peer: bob, channel: 'general' }],
    ['somebody leaves', { kind: 'parted', peer: bob, channel: 'general', reason: 'left' }],
    ['another name', { kind: 'renamed', peer: bob, before: 'rob' }],
    ['a profile', { kind: 'profile', peer: bob, profile: { status: '', avatar: undefined } }],
    ['the tracker', { kind: 'tracker', state: 'lost', detail: '' }],
    ['a notice', { kind: 'notice', text: 'UDP port 50999 is not to be had' }],
    ['a receipt', receiptEvent('m', 1)],
    ['an announcement to everybody', datagram('SEND', '127.255.255.255:50999', 'PING')],
    ['an announcement of one of us', datagram('RECV', '127.0.0.1:8101', 'PING', OURS)],
    ['the same in the other dialect', datagram('RECV', '127.0.0.1:8101', 'PING', OURS_SHORT)],
  ])('%s', (_name, event) => {
    expect(company().only(event)).toBe(event)
  })
})

describe('what is of strangers is not there', () => {
  test.each<[name: string, event: ChatEvent]>([
    ['a message, also under one of our names', messageEvent(said(stranger, 'hello'))],
    ['joining', { kind: 'joined', peer: stranger, channel: 'general' }],
    ['leaving', { kind: 'parted', peer: stranger, channel: 'general', reason: 'left' }],
    ['a name', { kind: 'renamed', peer: stranger, before: 'bob' }],
    ['a profile', { kind: 'profile', peer: stranger, profile: { status: '', avatar: undefined } }],
    ['following', { kind: 'followed', peer: bob, following: true }],
    ['an announcement', datagram('RECV', '127.0.0.1:8101', 'PING', THEIRS)],
    [
      'a datagram of a program that speaks LSNP only',
      datagram('RECV', '127.0.0.1:50999', 'POST', 'TYPE: POST\n'),
    ],
    ['an answer to somebody who was not heard', datagram('SEND', '127.0.0.1:8101', 'PROFILE')],
    ['what was dropped', datagram('DROP', '10.0.0.1:8101', '', THEIRS)],
  ])('%s', (_name, event) => {
    expect(company().only(event)).toBeUndefined()
  })
})

test('of those who were there already, strangers are left out', () => {
  const event: ChatEvent = { kind: 'present', channel: 'general', peers: [stranger, bob, alice] }
  expect(company().only(event)).toEqual({ ...event, peers: [bob, alice] })
})

test('who was heard as one of us is answered, a stranger beside it is not', () => {
  const ours = company()
  ours.only(datagram('RECV', '127.0.0.1:8101', 'PROFILE', OURS))
  ours.only(datagram('RECV', '127.0.0.1:8102', 'PROFILE', THEIRS))
  expect(ours.only(datagram('SEND', '127.0.0.1:8101', 'PROFILE'))).toBeDefined()
  expect(ours.only(datagram('SEND', '127.0.0.1:8102', 'PROFILE'))).toBeUndefined()
})
