/** What the messages of a program show: its dialect, its scopes, its form of groups, its acknowledgements. */
import { describe, expect, test } from 'vitest'
import { Capabilities } from '../../../../src/udp/node/messaging/capabilities.ts'
import { decode } from '../../../../src/udp/lsnp/codec.ts'

/** The capabilities of a program that has sent these datagrams. */
function having(...datagrams: string[]): Capabilities {
  const capabilities = new Capabilities('rfc')
  for (const datagram of datagrams) {
    const decoded = decode(Buffer.from(datagram))
    if (!decoded.ok) throw new Error(decoded.reason)
    capabilities.wrote(decoded.message, decoded.fields)
  }
  return capabilities
}

const ENDS = 'FROM: a@b\nTO: c@d\n'
const post = (scope: string) => `TYPE: POST\nUSER_ID: a@b\nCONTENT: x\nTOKEN: a@b|5|${scope}\n`
const like = (scope: string) => `TYPE: LIKE\n${ENDS}POST_TIMESTAMP: 5\nTOKEN: a@b|5|${scope}\n`
const unfollow = (scope: string) => `TYPE: UNFOLLOW\n${ENDS}TOKEN: a@b|5|${scope}\n`
const follow = `TYPE: FOLLOW\n${ENDS}TOKEN: a@b|5|follow\n`
const direct = (scope: string) => `TYPE: DM\n${ENDS}CONTENT: x\nTOKEN: a@b|5|${scope}\n`

describe('the scope of tokens for a program', () => {
  const RFC = { POST: 'broadcast', LIKE: 'broadcast', DM: 'chat', FOLLOW: 'follow', UNFOLLOW: 'follow' }
  const OWN = { ...RFC, POST: 'post', LIKE: 'like', UNFOLLOW: 'unfollow' }

  test.each<[string, string[], Readonly<Record<string, string>>]>([
    ['the scopes of the RFC, if nothing is known', [], RFC],
    ['the scopes of the RFC draft', [post('broadcast'), like('broadcast'), unfollow('follow')], RFC],
    ['post, and names like it for other types,', [post('post')], OWN],
    ['like, and names like it for other types,', [like('like')], OWN],
    ['unfollow, and names like it for other types,', [unfollow('unfollow')], OWN],
    ['post, after a DM and a FOLLOW that show nothing', [post('post'), direct('chat'), follow], OWN],
    [
      'its own scope for one type, that of the RFC for another',
      [post('post'), like('broadcast')],
      { ...OWN, LIKE: 'broadcast' },
    ],
    ['first its own, then those of the RFC', [post('post'), post('broadcast')], RFC],
    ['dm for a DM', [direct('dm')], { ...RFC, DM: 'dm' }],
    ['the scopes of the RFC after invalid ones', [post('chat'), like('x'), direct('')], RFC],
    ['the scopes of the RFC after unlike, which is only for taking back', [like('unlike')], RFC],
  ])('it uses %s', (_name, datagrams, expected) => {
    const capabilities = having(...datagrams)
    const scopes = Object.keys(expected).map((type) => [type, capabilities.scopeFor(type)])
    expect(Object.fromEntries(scopes)).toEqual(expected)
  })
})

test.each<[string, string[], string]>([
  ['nothing', [], 'rfc'],
  [
    'a group with an id',
    ['TYPE: GROUP_CREATE\nFROM: a@b\nGROUP_ID: g\nGROUP_NAME: G\nMEMBERS: a@b\n'],
    'rfc',
  ],
  ['a group without an id', ['TYPE:GROUP_CREATE\nFROM:a@b\nGROUP_NAME:G\nMEMBERS:a@b\n'], 'action'],
  [
    'a message in a group without an id',
    ['TYPE:GROUP_MESSAGE\nFROM:a@b\nGROUP_NAME:G\nMESSAGE:eA==\n'],
    'action',
  ],
  ['an action', ['TYPE:GROUP_UPDATE\nFROM:a@b\nGROUP_NAME:G\nACTION:ADD\nMEMBERS:e@f\n'], 'action'],
  ['its answer to a new group', ['TYPE:GROUP_CREATE_ACK\nGROUP_NAME:G\n'], 'action'],
  [
    'first without an id, then with one',
    ['TYPE:GROUP_CREATE_ACK\nGROUP_NAME:G\n', 'TYPE: GROUP_MESSAGE\nFROM: a@b\nGROUP_ID: g\nCONTENT: x\n'],
    'rfc',
  ],
  ['no message of a group', [post('post'), 'TYPE: PING\nUSER_ID: a@b\n'], 'rfc'],
])('the form of groups after %s', (_name, datagrams, form) => {
  expect(having(...datagrams).groupForm).toBe(form)
})

describe('whether it acknowledges', () => {
  const steps = {
    dm: (program: Capabilities) => {
      program.acknowledged('DM')
    },
    follow: (program: Capabilities) => {
      program.acknowledged('FOLLOW')
    },
    silent: (program: Capabilities) => {
      program.stayedSilent()
    },
    seed: (program: Capabilities) => {
      program.speaks('seed')
    },
  }

  test.each<[(keyof typeof steps)[], boolean | undefined]>([
    [[], undefined],
    [['dm'], true],
    [['follow'], true],
    [['silent'], false],
    [['silent', 'dm'], true],
    [['silent', 'follow'], true],
    // It was sent several copies of a DM, so it acknowledges other types only.
    [['follow', 'silent', 'follow'], false],
    [['follow', 'silent', 'dm'], true],
    [['dm', 'silent'], false],
    [['seed'], false],
    [['dm', 'seed'], false],
  ])('%j: %s', (names, expected) => {
    const program = new Capabilities('rfc')
    for (const name of names) steps[name](program)
    expect(program.acknowledges).toBe(expected)
  })
})
