/** What is a picture, and how that of another peer is got. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { Client } from '../../../src/http/client.ts'
import { fetchPicture, picture } from '../../../src/peer/profiles/pictures.ts'
import { refusalOf } from '../../chat/support.ts'
import { pictureOf, pictureServer, sha256, type Given } from './picture-server.ts'
import { freePort } from '../../support/ports.ts'
import { PATIENCE } from '../../support/wait.ts'

const PNG = pictureOf('png', 'a small one')

describe('the first bytes say what it is', () => {
  test.each<[name: string, bytes: Buffer, type: string]>([
    ['PNG', pictureOf('png'), 'image/png'],
    ['JPEG', pictureOf('jpeg'), 'image/jpeg'],
    ['GIF of 1989', pictureOf('gif'), 'image/gif'],
    ['GIF of 1987', Buffer.from('GIF87a'), 'image/gif'],
    ['WebP', pictureOf('webp'), 'image/webp'],
    ['WebP whose length has a line feed in it', Buffer.from('RIFF\n\n\n\nWEBP'), 'image/webp'],
    ['whatever follows', pictureOf('png', '<svg>'), 'image/png'],
  ])('%s', (_name, bytes, type) => {
    expect(picture(bytes)).toEqual({ type, hash: sha256(bytes), data: bytes.toString('base64') })
  })

  test.each<[name: string, bytes: Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['SVG, which can carry scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['text', Buffer.from('a picture of mine')],
    ['BMP', Buffer.from('BM\x36\x00')],
    ['the beginning of a PNG', PNG.subarray(0, 7)],
    ['a PNG behind something else', Buffer.concat([Buffer.from(' '), PNG])],
    ['another RIFF', Buffer.from('RIFF\x10\x00\x00\x00WAVE')],
    ['GIF of no year', Buffer.from('GIF88a')],
  ])('%s is none', (_name, bytes) => {
    expect(refusalOf(() => picture(bytes))).toEqual({ status: 415, code: 'not_a_picture', field: 'avatar' })
  })
})

describe(`at most ${LIMITS.avatarBytes} bytes`, () => {
  const largest = pictureOf('png', Buffer.alloc(LIMITS.avatarBytes - pictureOf('png').length))

  test('at the limit', () => {
    expect(picture(largest).hash).toBe(sha256(largest))
  })

  test('one over', () => {
    const tooLarge = Buffer.concat([largest, Buffer.alloc(1)])
    const refused = { status: 413, code: 'picture_too_large', field: 'avatar' }
    expect(refusalOf(() => picture(tooLarge))).toEqual(refused)
  })

  test('one over, and no picture either: it is too large', () => {
    expect(refusalOf(() => picture(Buffer.alloc(LIMITS.avatarBytes + 1))).status).toBe(413)
  })
})

describe('that of another peer', () => {
  function client(): Client {
    const client = new Client({ timeouts: { connect: PATIENCE, answer: PATIENCE } })
    onTestFinished(() => {
      client.close()
    })
    return client
  }

  test('comes by GET /p2p/avatar', async () => {
    const server = await pictureServer(() => ({ status: 200, body: PNG }))
    expect(await fetchPicture(client(), server.address, sha256(PNG))).toEqual(picture(PNG))
    expect(server.asked).toEqual(['GET /p2p/avatar'])
  })

  const svg = Buffer.from('<svg/>')
  const large = pictureOf('png', Buffer.alloc(LIMITS.avatarBytes))
  const huge = pictureOf('png', Buffer.alloc(2 * 1024 * 1024))
  test.each<[name: string, given: Given, hash: string]>([
    ['another one than was announced', { status: 200, body: pictureOf('gif') }, sha256(PNG)],
    ['the right hash in upper case', { status: 200, body: PNG }, sha256(PNG).toUpperCase()],
    ['none there', { status: 404, body: PNG }, sha256(PNG)],
    ['an error', { status: 500, body: Buffer.alloc(0) }, sha256(PNG)],
    ['somewhere else', { status: 302, body: PNG }, sha256(PNG)],
    ['no picture, though its hash is right', { status: 200, body: svg }, sha256(svg)],
    ['too large, though its hash is right', { status: 200, body: large }, sha256(large)],
    ['more than an answer may have', { status: 200, body: huge }, sha256(huge)],
  ])('%s: there is none', async (_name, given, hash) => {
    const server = await pictureServer(() => given)
    expect(await fetchPicture(client(), server.address, hash)).toBeUndefined()
    expect(server.asked).toHaveLength(1)
  })

  test.each<[name: string, host: string]>([
    ['no listener', '127.0.0.1'],
    ['no address', 'no.such.host.invalid'],
  ])('%s: there is none', async (_name, host) => {
    const from = { host, port: await freePort() }
    expect(await fetchPicture(client(), from, sha256(PNG))).toBeUndefined()
  })

  test('the client is closed meanwhile: there is none', async () => {
    const closing = client()
    const server = await pictureServer(() => {
      closing.close()
      return { status: 200, body: PNG }
    })
    expect(await fetchPicture(closing, server.address, sha256(PNG))).toBeUndefined()
  })
})
