import { describe, expect, test } from 'vitest'
import { ParticipantFilter } from '../../../src/cli/participants/participant-filter.ts'
import { alice, bob, datagram, messageEvent, receiptEvent, said, stranger } from '../demo/fixtures.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

const OURS = 'TYPE: PING\nHTTP_PORT: 8001\n\n'
const OURS_SHORT = 'TYPE:PING\nHTTP_PORT:8001\n\n'
const THEIRS = 'TYPE: PING\nHTTP_PORT: 9000\n\n'

function filter(): ParticipantFilter {
  return new ParticipantFilter([8000, 8001])
}

describe('events of participants are kept unchanged', () => {
  test.each<[name: string, event: ChatEvent]>([
    ['a message of a participant', messageEvent(said(bob, 'hello'))],
    ['an own message', messageEvent(said(stranger, 'hello'), true)],
    ['a participant joins', { kind: 'joined', peer: bob, channel: 'general' }],
    ['a participant leaves', { kind: 'parted', peer: bob, channel: 'general', reason: 'left' }],
    ['a participant takes another name', { kind: 'renamed', peer: bob, before: 'rob' }],
    ['a profile', { kind: 'profile', peer: bob, profile: { status: '', avatar: undefined } }],
    ['the tracker', { kind: 'tracker', state: 'lost', detail: '' }],
    ['a notice', { kind: 'notice', text: 'UDP port 50999 is not to be had' }],
    ['a receipt', receiptEvent('m', 1)],
    ['an announcement to the whole machine', datagram('SEND', '127.255.255.255:50999', 'PING')],
    ['an announcement of a participant', datagram('RECV', '127.0.0.1:8101', 'PING', OURS)],
    ['the same in the other dialect', datagram('RECV', '127.0.0.1:8101', 'PING', OURS_SHORT)],
  ])('%s', (_name, event) => {
    expect(filter().only(event)).toBe(event)
  })
})

describe('events of strangers are dropped', () => {
  test.each<[name: string, event: ChatEvent]>([
    ['a message, even under the name of a participant', messageEvent(said(stranger, 'hello'))],
    ['joining', { kind: 'joined', peer: stranger, channel: 'general' }],
    ['leaving', { kind: 'parted', peer: stranger, channel: 'general', reason: 'left' }],
    ['a name', { kind: 'renamed', peer: stranger, before: 'bob' }],
    ['a profile', { kind: 'profile', peer: stranger, profile: { status: '', avatar: undefined } }],
    ['following', { kind: 'followed', peer: bob, following: true }],
    ['an announcement', datagram('RECV', '127.0.0.1:8101', 'PING', THEIRS)],
    ['a datagram of another LSNP program', datagram('RECV', '127.0.0.1:50999', 'POST', 'TYPE: POST\n')],
    ['an answer to an unknown sender', datagram('SEND', '127.0.0.1:8101', 'PROFILE')],
    ['a datagram that was dropped', datagram('DROP', '10.0.0.1:8101', '', THEIRS)],
  ])('%s', (_name, event) => {
    expect(filter().only(event)).toBeUndefined()
  })
})

test('strangers are removed from a list of peers', () => {
  const event: ChatEvent = { kind: 'present', channel: 'general', peers: [stranger, bob, alice] }
  expect(filter().only(event)).toEqual({ ...event, peers: [bob, alice] })
})

test('answers to a participant are kept, answers to a stranger are dropped', () => {
  const own = filter()
  own.only(datagram('RECV', '127.0.0.1:8101', 'PROFILE', OURS))
  own.only(datagram('RECV', '127.0.0.1:8102', 'PROFILE', THEIRS))
  expect(own.only(datagram('SEND', '127.0.0.1:8101', 'PROFILE'))).toBeDefined()
  expect(own.only(datagram('SEND', '127.0.0.1:8102', 'PROFILE'))).toBeUndefined()
})
