/** The small pictures that peers show beside their name: which bytes are one, and how to get that of another peer. */
import { createHash } from 'node:crypto'
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Target } from '../../http/message.ts'
import { getRequest, isBadAnswer } from '../self/requests.ts'
import type { Picture } from '../../chat/model.ts'
import type { HttpClient } from '../../http/network.ts'

/** The first bytes of the formats that every program shows, in latin1. SVG is left out: it can carry scripts. */
const FORMATS: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n[^]\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]

/** The picture in these bytes. Throws ChatError 413 or 415. */
export function picture(bytes: Buffer): Picture {
  if (bytes.length > LIMITS.avatarBytes) {
    const detail = `a picture must have at most ${LIMITS.avatarBytes} bytes, not ${bytes.length}: make it smaller`
    throw new ChatError(413, 'picture_too_large', detail, { field: 'avatar' })
  }
  const start = bytes.toString('latin1', 0, 16)
  const type = FORMATS.find(([, magic]) => magic.test(start))?.[0]
  if (type === undefined)
    throw new ChatError(415, 'not_a_picture', 'a picture must be PNG, JPEG, GIF or WebP', { field: 'avatar' })
  const hash = createHash('sha256').update(bytes).digest('hex')
  return { type, hash, data: bytes.toString('base64') }
}

/** The picture of a peer; undefined if it does not come, or is not the one announced. Never rejects. */
export async function fetchPicture(
  client: Pick<HttpClient, 'request'>,
  from: Target,
  hash: string,
): Promise<Picture | undefined> {
  try {
    const answer = await client.request(from, getRequest('/p2p/avatar'))
    if (answer.status !== 200) return undefined
    const found = picture(answer.body)
    return found.hash === hash ? found : undefined
  } catch (error) {
    if (isBadAnswer(error)) return undefined
    throw error
  }
}
