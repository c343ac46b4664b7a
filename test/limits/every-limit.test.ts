/** Every limit has a test at the limit and one over. This list says where; a new limit that is not in it fails. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import { DEFAULT_TIMEOUTS } from '../../src/http/timeouts.ts'
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { DEFAULT_CAPS } from '../../src/http/server.ts'
import { SECURE_LIMITS } from '../../src/secure/limits.ts'
import { BEACON_LIMITS } from '../../src/udp/closed/limits.ts'
import { LAN_LIMITS, LAN_TIMES } from '../../src/udp/node/limits.ts'
import { LSNP_LIMITS } from '../../src/udp/lsnp/limits.ts'

const TABLES = {
  LIMITS,
  TIMES,
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  DEFAULT_CAPS,
  SECURE_LIMITS,
  LSNP_LIMITS,
  LAN_LIMITS,
  LAN_TIMES,
  BEACON_LIMITS,
} as const

/** For each table: files below test/, and the limits that each tests. */
const TESTED: Readonly<Record<keyof typeof TABLES, Readonly<Record<string, string>>>> = {
  LIMITS: {
    'chat/wire/limits.test.ts': 'textCharacters nameBytes nameGraphemes channelBytes idCharacters',
    'limits/chat.test.ts':
      'textBytes smallAnswer storedBytes hops messages ownMessages historyRequests checks greetings ownGreetings closedRequests ownClosedRequests refusals ownRefusals',
    'peer/discovery/arrivals.test.ts': 'greetingsPerHost greetingsPerLoopback',
    'tracker/registry.test.ts':
      'peers peersPerHost peersPerLoopback channels channelsPerPeer membersPerChannel storedPerChannel',
    'tracker/lists.test.ts': 'peersPerAnswer',
    'peer/profiles/pictures.test.ts': 'avatarBytes',
    'peer/profiles/profiles.test.ts': 'statusBytes',
    'peer/messages/delivery/delivery.test.ts': 'outbox outboxBytes batch batchCharacters inFlight',
    'peer/hush/hush.test.ts': 'hushed flood',
    'chat/ignore-list.test.ts': 'sharedIgnored',
    'peer/closed/membership.test.ts':
      'closedPeople closedFormer closedChannels closedInvitations closedOver closedLinks',
    'peer/server/receive.test.ts': 'inbox',
    'peer/messages/history-sync.test.ts': 'caughtUp caughtUpBytes askedForHistory',
    'peer/messages/signatures/signatures.test.ts': 'signatures',
    'store/retention.test.ts': 'ephemeral historyBytes',
    'store/transaction.test.ts': 'unsaved',
  },
  TIMES: {
    'tracker/registry.test.ts': 'lease suspicion',
    'limits/chat.test.ts': 'sweep asleep',
    'limits/delivery.test.ts': 'giveUp passOn rejoin',
    'peer/messages/delivery/delivery.test.ts': 'newcomer',
    'peer/discovery/tracker-session.test.ts': 'heartbeat poll',
    'peer/discovery/hello-client.test.ts': 'greeting introduction',
    'peer/messages/history-sync.test.ts': 'caughtUp askedBack',
    'store/transaction.test.ts': 'rewrite',
    'store/retention.test.ts': 'retention',
    'store/store-time.test.ts': 'longestBreak',
    'store/history.test.ts': 'movedBack',
    'peer/hush/hush.test.ts': 'flood floodNotice',
    'peer/closed/membership.test.ts': 'closedLink',
    'peer/closed/gathering.test.ts': 'closedAway',
    'peer/messages/message-clock.test.ts': 'seqAhead',
    'chat/wire/messages.test.ts': 'longestWait',
  },
  DEFAULT_LIMITS: {
    'limits/http.test.ts': 'startLine fieldLine head fields trailers chunkLine chunkExtensions body',
  },
  DEFAULT_TIMEOUTS: {
    'limits/connections.test.ts': 'opening idle head body handler send sendAhead linger',
    'secure/lasting.test.ts': 'provedIdle',
  },
  SECURE_LIMITS: {
    'secure/handshake-bounds.test.ts':
      'perHost perLoopback inAll ofStrangers openPerHost openPerLoopback openInAll openOfStrangers lately hosts',
    'secure/hostile.test.ts': 'within record',
    'secure/lasting.test.ts': 'wear clientWear',
  },
  DEFAULT_CAPS: { 'limits/connections.test.ts': 'total perHost perLoopback silent silentAfter' },
  LSNP_LIMITS: {
    'udp/lsnp/fields.test.ts': 'datagramBytes lines',
    'limits/chat.test.ts': 'keyCharacters channelBytes',
    'udp/lsnp/limits.test.ts':
      'typeCharacters userIdBytes userNameBytes displayNameBytes statusBytes contentBytes groupNameBytes ' +
      'fileNameBytes descriptionBytes appBytes idCharacters tokenCharacters mimeCharacters avatarCharacters ' +
      'chunkCharacters people channels chunks lastMoment',
  },
  LAN_LIMITS: {
    'limits/lan.test.ts':
      'peers peersPerHost addresses seen groups groupsPerHost revoked posts waiting revokedAtOnce tokenSeconds statusBytes ' +
      'channelBytes listBytes many perHost total fileDataPerHost fileDataTotal intervals strangers credit creditors helloBytes silent askedOnce smallestBuffer',
  },
  BEACON_LIMITS: {
    'udp/closed/beacon-node.test.ts':
      'checked reportedPerPeer goodbyesPerPeer reported answersPerPeer answers known',
  },
  LAN_TIMES: {
    'limits/lan-times.test.ts':
      'fastStart steady jitter profile again loud lease doubt probe foreignLeaseLeast foreignLease lastQuestion together observed prompted goodbye objection answer ' +
      'foreignAnswer spread retry attempts asleep seen plausible credit introduction unproved byHttp byHttpAgain',
  },
}

function words(text: string): string[] {
  return text.split(' ')
}

describe.each(Object.entries(TESTED))('%s', (name, files) => {
  const table = name as keyof typeof TABLES

  test('every limit has a test', () => {
    const listed = Object.values(files).flatMap(words)
    expect(listed.sort()).toEqual(Object.keys(TABLES[table]).sort())
  })

  test.each(Object.entries(files))('%s names its limits', (file, names) => {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    const missing = words(names).filter((limit) => !new RegExp(`\\b${limit}\\b`).test(source))
    expect(missing).toEqual([])
  })
})
