/** What the tests of pictures share: small pictures, and a server that gives out what its test says. */
import { createHash } from 'node:crypto'
import { scriptedServer } from '../../support/scripted-server.ts'
import type { Address } from '../../../src/http/message.ts'

const MAGIC = {
  png: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  jpeg: Buffer.from('\xff\xd8\xff\xe0', 'latin1'),
  gif: Buffer.from('GIF89a', 'latin1'),
  webp: Buffer.from('RIFF\x10\x00\x00\x00WEBP', 'latin1'),
}

/** What begins as a picture of this kind does; `rest` makes it another one. */
export function pictureOf(kind: keyof typeof MAGIC, rest: string | Buffer = ''): Buffer {
  return Buffer.concat([MAGIC[kind], Buffer.from(rest)])
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export interface Given {
  readonly status: number
  readonly body: Buffer
}

export interface PictureServer {
  readonly address: Address
  /** `GET /p2p/avatar`, for each request. */
  readonly asked: readonly string[]
}

/** Answers each request as `give` says; closed when the test is over. */
export async function pictureServer(give: () => Given): Promise<PictureServer> {
  const asked: string[] = []
  const { port } = await scriptedServer(({ method, target }) => {
    asked.push(`${method} ${target}`)
    const { status, body } = give()
    return [status, body]
  })
  return { address: { host: '127.0.0.1', port }, asked }
}
