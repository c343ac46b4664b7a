/** The commands that need the LAN: what they do, what they print, what they refuse. */
import { describe, expect, test } from 'vitest'
import { BOB, CAROL, FakeSession, MAI, MY_USER_ID, ZED, onLan } from '../../fake-chat.ts'

/** Bob and Carol are Parley peers, Mai and Zed speak LSNP only and are in a group of the user. */
function setUp(): FakeSession {
  const session = new FakeSession()
  session.chat.others.set('general', [BOB, CAROL, MAI, ZED])
  session.chat.people = [BOB, CAROL, MAI, ZED].map((peer) => onLan(peer))
  const members = [MY_USER_ID, MAI.lsnp ?? '', ZED.lsnp ?? '']
  session.chat.groups.set('lab-204', { id: 'c0ffee', name: 'Lab 204', members, owner: MY_USER_ID })
  session.files.set('me.png', 'PNG').set('notes.txt', 'no picture')
  return session
}

const NEW_GROUP = '"id":"0123456789abcdef"'

describe('actions and output', () => {
  test.each<[line: string, done: string, printed: string]>([
    ['/status in the lab', 'show in the lab', '-- you show "in the lab"'],
    ['/status two\nlines', 'show two lines', '-- you show "two lines"'],
    ['/status', 'show ', '-- you show no status'],
    ['/avatar me.png', 'show PNG', '-- you show a picture (image/png)'],
    ['/follow Mai', 'lan follow {"to":"mai@10.0.0.11","following":true}', '-- you follow Mai'],
    ['/follow @Mai', 'lan follow {"to":"mai@10.0.0.11","following":true}', '-- you follow Mai'],
    ['/follow mai@10.0.0.11', 'lan follow {"to":"mai@10.0.0.11","following":true}', '-- you follow Mai'],
    ['/unfollow Mai', 'lan follow {"to":"mai@10.0.0.11","following":false}', '-- you no longer follow Mai'],
    [
      '/like zed',
      'lan like {"to":"zed@10.0.0.12","liking":true}',
      '-- zed is told that you like its latest post',
    ],
    [
      '/unlike zed',
      'lan like {"to":"zed@10.0.0.12","liking":false}',
      '-- zed is told that you no longer like its latest post',
    ],
    [
      '/group Lab Mai zed',
      `lan group-create {${NEW_GROUP},"name":"Lab","members":["mai@10.0.0.11","zed@10.0.0.12"]}`,
      '-- the group "Lab", with Mai, zed, is #lab here: write there with #lab text',
    ],
    [
      '/group "Trip  Buddies" zed',
      `lan group-create {${NEW_GROUP},"name":"Trip Buddies","members":["zed@10.0.0.12"]}`,
      '-- the group "Trip Buddies", with zed, is #trip-buddies here: write there with #trip-buddies text',
    ],
    [
      '/group-add #lab-204 Mai',
      'lan group-update {"id":"c0ffee","add":["mai@10.0.0.11"],"remove":[]}',
      '-- Mai taken into the group "Lab 204"',
    ],
    [
      '/group-add lab-204 Mai zed',
      'lan group-update {"id":"c0ffee","add":["mai@10.0.0.11","zed@10.0.0.12"],"remove":[]}',
      '-- Mai, zed taken into the group "Lab 204"',
    ],
    [
      '/group-remove #lab-204 Mai zed@10.0.0.12',
      'lan group-update {"id":"c0ffee","add":[],"remove":["mai@10.0.0.11","zed@10.0.0.12"]}',
      '-- mai@10.0.0.11, zed@10.0.0.12 taken out of the group "Lab 204"',
    ],
    ['/revoke', 'lan revoke {}', '-- the tokens that you gave out are no longer good'],
    ['/ttl 60', 'lan ttl {"seconds":60}', '-- your tokens are good for 60 s from now on'],
  ])('%j', async (line, done, printed) => {
    const session = setUp()
    expect(await session.type(line)).toBeUndefined()
    expect(session.chat.done).toEqual([done])
    expect(session.lines).toEqual([printed])
  })

  test('a member who is no longer here can be taken out', async () => {
    const session = setUp()
    session.chat.others.set('general', [BOB])
    expect(await session.type('/group-remove #lab-204 zed')).toBeUndefined()
    expect(session.chat.done).toEqual([
      'lan group-update {"id":"c0ffee","add":[],"remove":["zed@10.0.0.12"]}',
    ])
  })

  test('/verbose and the datagrams', async () => {
    const session = setUp()
    await session.type('/verbose')
    await session.type('VERBOSE')
    expect(session.chat.done).toEqual(['trace on', 'trace off'])
  })

  test('/profile of another user and of oneself', async () => {
    const session = setUp()
    const avatar = { type: 'image/png', hash: '5f', data: '' }
    session.chat.profiles.set('mai@10.0.0.11', { status: 'new hat', avatar })
    for (const line of ['/profile Mai', '/profile bob@10.0.0.2', '/status here', '/profile'])
      await session.type(line)
    expect(session.lines).toEqual([
      '-- Mai at mai@10.0.0.11, in #general',
      '-- no key: any program at that address could be this one',
      '-- Mai is "new hat", with a picture (image/png)',
      '-- bob at 10.0.0.2:8002, in #general',
      '-- no key: any program at that address could be this one',
      '-- you show "here"',
      '-- alice at 10.0.0.1:8001, in #general',
      '-- no key: any program at that address could be this one',
      '-- alice is "here"',
    ])
  })

  test('/msg to a user id, also that of a Parley peer', async () => {
    const session = setUp()
    await session.type('/msg bob@10.0.0.2 hello')
    await session.type('/msg mai@10.0.0.11 hello')
    expect(session.chat.done).toEqual(['direct 10.0.0.2:8002 hello', 'direct mai@10.0.0.11 hello'])
  })
})

describe('refused without any action', () => {
  const GROUP = 'usage: /group name nick… (a name with spaces in "quotes")'

  test.each<[line: string, detail: string]>([
    ['/avatar', 'usage: /avatar file'],
    ['/avatar nowhere.png', 'nowhere.png cannot be read'],
    ['/avatar notes.txt', 'that is no picture'],
    ['/follow', 'usage: /follow nick'],
    ['/unfollow', 'usage: /unfollow nick'],
    ['/like', 'usage: /like nick'],
    ['/unlike', 'usage: /unlike nick'],
    ['/follow zoe', 'nobody here is called zoe'],
    ['/follow zoe@10.0.0.99', 'nobody here is called zoe@10.0.0.99'],
    ['/follow bob', 'bob speaks HTTP with you; following is for LSNP programs'],
    ['/unlike bob', 'bob speaks HTTP with you; liking is for LSNP programs'],
    ['/group', GROUP],
    ['/group Lab', GROUP],
    ['/group "Lab 204"', GROUP],
    ['/group "" Mai', GROUP],
    ['/group "  " Mai', GROUP],
    ['/group Lab Mai zoe', 'nobody here is called zoe'],
    ['/group Lab Mai bob', 'bob speaks HTTP with you; a group is for LSNP programs'],
    [`/group ${'x'.repeat(129)} Mai`, 'the name of a group must have at most 128 bytes'],
    ['/group-add', 'usage: /group-add #channel nick…'],
    ['/group-add #lab-204', 'usage: /group-add #channel nick…'],
    ['/group-add #general Mai', '#general is no group of LSNP programs: make one with /group'],
    ['/group-add #lab-204 bob', 'bob speaks HTTP with you; a group is for LSNP programs'],
    ['/group-remove #lab-204', 'usage: /group-remove #channel nick…'],
    ['/group-remove #lab-204 bob', 'bob is not in the group "Lab 204"'],
    ['/ttl', 'usage: /ttl seconds, a whole number from 1 to 31536000'],
    ['/ttl 0', 'usage: /ttl seconds, a whole number from 1 to 31536000'],
    ['/ttl 1.5', 'usage: /ttl seconds, a whole number from 1 to 31536000'],
    ['/ttl 31536001', 'usage: /ttl seconds, a whole number from 1 to 31536000'],
    ['/ttl soon', 'usage: /ttl seconds, a whole number from 1 to 31536000'],
  ])('%j: %s', async (line, detail) => {
    const session = setUp()
    expect(await session.type(line)).toBe(detail)
    expect(session.chat.done).toEqual([])
    expect(session.lines).toEqual([])
  })

  test.each([
    ['/status here'],
    ['/avatar me.png'],
    ['/follow bob'],
    ['/like bob'],
    ['/group Lab bob'],
    ['/group-add #lab bob'],
    ['/group-remove #lab bob'],
    ['/revoke'],
    ['/ttl 60'],
  ])('without a LAN: %s', async (line) => {
    const session = setUp()
    session.chat.isOnLan = false
    expect(await session.type(line)).toBe('this peer takes no part in the LAN')
    expect(session.chat.done).toEqual([])
  })

  test('a user id that two peers have: their labels', async () => {
    const session = setUp()
    const other = { ...BOB, port: 8009, label: 'bob·10.0.0.2:8009' }
    session.chat.others.set('general', [{ ...BOB, label: 'bob·10.0.0.2:8002' }, other])
    session.chat.people = [onLan(BOB), onLan(other, { node: 'ff' })]
    expect(await session.type('/msg bob@10.0.0.2 hello')).toBe(
      'there is more than one bob@10.0.0.2: say bob·10.0.0.2:8002 or bob·10.0.0.2:8009',
    )
  })

  test('a name of two members of a group: the error has their user ids', async () => {
    const session = setUp()
    const members = ['mai@10.0.0.11', 'mai@10.0.0.13']
    session.chat.groups.set('lab-204', { id: 'c0ffee', name: 'Lab 204', members, owner: MY_USER_ID })
    expect(await session.type('/group-remove #lab-204 mai')).toBe(
      'there is more than one mai; use the user id: mai@10.0.0.11 or mai@10.0.0.13',
    )
  })
})
