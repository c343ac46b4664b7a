/** What peers show beside their name: the own profile, and those of others as they are announced and fetched. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { addressKey, type ChatEvent } from '../../../src/chat/model.ts'
import { picture } from '../../../src/peer/profiles/pictures.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { Profiles, type Announced } from '../../../src/peer/profiles/profiles.ts'
import { refusalOf } from '../../chat/support.ts'
import { FakeClient } from '../fake-client.ts'
import { pictureOf, sha256 } from './picture-server.ts'
import { ALICE, BOB } from '../../support/peers.ts'

const PNG = pictureOf('png', 'the first')
const GIF = pictureOf('gif', 'the second')

/** Profiles, what it told (`alice: here`, with the type of a picture), and the client by which it asks. */
function start() {
  const client = new FakeClient()
  const told: string[] = []
  const emit = (event: ChatEvent): void => {
    if (event.kind !== 'profile') throw new Error(`told ${event.kind}`)
    const { status, avatar } = event.profile
    told.push([`${event.peer.name}: ${status}`, ...(avatar === undefined ? [] : [avatar.type])].join(', '))
  }
  return { profiles: new Profiles(client, new Routes(), { emit }), told, client }
}

function announced(more: Partial<Announced> = {}): Announced {
  return { status: 'here', avatarHash: undefined, avatar: undefined, isNews: true, ...more }
}

describe('the own profile', () => {
  test('is empty at first', () => {
    expect(start().profiles.of(undefined)).toEqual({ status: '', avatar: undefined })
  })

  test('what is not named stays', () => {
    const { profiles, told } = start()
    profiles.show({ status: 'here', avatar: PNG })
    expect(profiles.show({ status: 'there', avatar: undefined }).avatar).toEqual(picture(PNG))
    expect(profiles.show({ status: undefined, avatar: GIF })).toEqual({
      status: 'there',
      avatar: picture(GIF),
    })
    expect(profiles.show({ status: '', avatar: undefined }).status).toBe('')
    expect(profiles.of(undefined)).toEqual({ status: '', avatar: picture(GIF) })
    expect(told).toEqual([])
  })

  test('a picture is taken away, the status stays', () => {
    const { profiles } = start()
    profiles.show({ status: 'here', avatar: PNG })
    expect(profiles.show({ status: undefined, avatar: 'none' })).toEqual({
      status: 'here',
      avatar: undefined,
    })
  })

  test('a status at the limit, and one over', () => {
    const { profiles } = start()
    const longest = 'é'.repeat(LIMITS.statusBytes / 2)
    expect(profiles.show({ status: longest, avatar: undefined }).status).toBe(longest)
    expect(refusalOf(() => profiles.show({ status: `${longest}.`, avatar: undefined }))).toEqual({
      status: 422,
      code: 'invalid_field',
      field: 'status',
    })
    expect(profiles.of(undefined).status).toBe(longest)
  })

  test('what is no picture changes nothing', () => {
    const { profiles } = start()
    profiles.show({ status: 'here', avatar: PNG })
    expect(refusalOf(() => profiles.show({ status: 'there', avatar: Buffer.from('text') })).status).toBe(415)
    expect(profiles.of(undefined)).toEqual({ status: 'here', avatar: picture(PNG) })
  })
})

describe('of others, by datagram', () => {
  test('no event is emitted', () => {
    expect(start().profiles.of(addressKey(ALICE))).toEqual({ status: '', avatar: undefined })
  })

  test('is told when something of it has changed, and only then', () => {
    const { profiles, told } = start()
    profiles.shown(ALICE, announced({ status: '' }))
    expect(told).toEqual([])
    profiles.shown(ALICE, announced())
    profiles.shown(ALICE, announced())
    profiles.shown(ALICE, announced({ avatar: PNG.toString('base64') }))
    profiles.shown(ALICE, announced({ avatar: PNG.toString('base64') }))
    profiles.shown(ALICE, announced({ avatar: GIF.toString('base64') }))
    expect(told).toEqual(['alice: here', 'alice: here, image/png', 'alice: here, image/gif'])
    expect(profiles.of(addressKey(ALICE))).toEqual({ status: 'here', avatar: picture(GIF) })
  })

  test('who is only still there is not looked at again', () => {
    const { profiles, told } = start()
    profiles.shown(ALICE, announced())
    profiles.shown(ALICE, announced({ status: 'there', isNews: false }))
    expect(profiles.of(addressKey(ALICE)).status).toBe('here')
    expect(told).toEqual(['alice: here'])
  })

  test('who was forgotten, or is found later, is', () => {
    const { profiles } = start()
    profiles.shown(ALICE, announced({ isNews: false }))
    expect(profiles.of(addressKey(ALICE)).status).toBe('here')
  })

  test('what is no picture is left out', () => {
    const { profiles, told } = start()
    profiles.shown(ALICE, announced({ avatar: Buffer.from('<svg/>').toString('base64') }))
    profiles.shown(ALICE, announced({ avatar: 'no base64 at all!' }))
    expect(told).toEqual(['alice: here'])
  })

  test('a picture that is not shown any more', () => {
    const { profiles, told } = start()
    profiles.shown(ALICE, announced({ avatar: PNG.toString('base64') }))
    profiles.shown(ALICE, announced())
    expect(told).toEqual(['alice: here, image/png', 'alice: here'])
    expect(profiles.of(addressKey(ALICE)).avatar).toBeUndefined()
  })

  test(`of at most ${LIMITS.membersPerChannel} people`, () => {
    const { profiles } = start()
    const people = Array.from({ length: LIMITS.membersPerChannel + 1 }, (_, index) => ({
      ...ALICE,
      port: 2_000 + index,
    }))
    for (const peer of people) profiles.shown(peer, announced())
    const known = people.filter((peer) => profiles.of(addressKey(peer)).status === 'here')
    expect(known).toEqual(people.slice(1))
  })
})

describe('a picture that is to be fetched', () => {
  const showsPng = announced({ avatarHash: sha256(PNG) })
  const showsGif = announced({ avatarHash: sha256(GIF) })

  test('is, once, and told when it is here', async () => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    expect(client.asked.map(({ address }) => address)).toEqual([{ host: BOB.ip, port: BOB.port }])
    expect(told).toEqual(['bob: here'])
    await client.answer(0, PNG)
    expect(told).toEqual(['bob: here', 'bob: here, image/png'])
    profiles.shown(BOB, { ...showsPng, status: 'there' })
    expect(told.at(-1)).toBe('bob: there, image/png')
    expect(client.asked).toHaveLength(1)
  })

  test('is asked for once, however often it is announced meanwhile', async () => {
    const { profiles, told, client } = start()
    for (const status of ['one', 'two', 'three']) profiles.shown(BOB, { ...showsPng, status })
    expect(client.asked).toHaveLength(1)
    await client.answer(0, PNG)
    expect(told).toEqual(['bob: one', 'bob: two', 'bob: three', 'bob: three, image/png'])
  })

  test('is fetched again when it is another one', async () => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    await client.answer(0, PNG)
    profiles.shown(BOB, showsGif)
    await client.answer(1, GIF)
    expect(told).toEqual(['bob: here', 'bob: here, image/png', 'bob: here', 'bob: here, image/gif'])
    expect(client.asked).toHaveLength(2)
  })

  test.each<[name: string, order: readonly (readonly [number, Buffer])[]]>([
    [
      'later than the next one',
      [
        [1, GIF],
        [0, PNG],
      ],
    ],
    [
      'when another one is shown already',
      [
        [0, PNG],
        [1, GIF],
      ],
    ],
  ])('comes %s: it is not shown', async (_name, order) => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    profiles.shown(BOB, showsGif)
    for (const [number, body] of order) await client.answer(number, body)
    expect(told).toEqual(['bob: here', 'bob: here, image/gif'])
    expect(profiles.of(addressKey(BOB)).avatar).toEqual(picture(GIF))
  })

  test('comes when none is shown any more', async () => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    profiles.shown(BOB, announced())
    await client.answer(0, PNG)
    expect(told).toEqual(['bob: here'])
  })

  test('comes when its owner is forgotten', async () => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    for (let port = 2_000; port < 2_000 + LIMITS.membersPerChannel; port++)
      profiles.shown({ ...ALICE, port }, announced({ status: '' }))
    await client.answer(0, PNG)
    expect(told).toEqual(['bob: here'])
  })

  test.each<[name: string, body: Buffer, status: number]>([
    ['did not come', Buffer.alloc(0), 404],
    ['was another one than the announced', GIF, 200],
  ])('%s: it is asked for again with the next news, not before', async (_name, body, status) => {
    const { profiles, told, client } = start()
    profiles.shown(BOB, showsPng)
    await client.answer(0, body, status)
    profiles.shown(BOB, { ...showsPng, isNews: false })
    expect(client.asked).toHaveLength(1)
    expect(told).toEqual(['bob: here'])
    profiles.shown(BOB, { ...showsPng, status: 'there' })
    await client.answer(1, PNG)
    expect(told).toEqual(['bob: here', 'bob: there', 'bob: there, image/png'])
  })
})
